import { limits } from '../config/limits.js';
import { countOf } from '../evaluation/choices.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { measureRetrieval, type RetrievalResults, type RetrievalSettings } from '../evaluation/retrieval.js';
import { percent } from '@m3ae/report';
import type { RetrieveCommandOptions } from './retrieve.js';
import { runEvaluation } from './run-evaluation.js';
import { textTable } from './text-table.js';

function lines({ parts, zeroShot, by }: RetrievalResults): string[] {
  const ks = [1, 5, 10] as const;
  const rows = Object.values(parts).flatMap(({ title, captions, imageToText, textToImage, chance }) => [
    [`${title}, picture to caption (of ${captions})`, ...ks.map((k) => percent(imageToText[`r${k}`]!.value))],
    ['  chance', ...ks.map((k) => percent(chance.imageToText[`r${k}`]!.value))],
    [`${title}, caption to picture`, ...ks.map((k) => percent(textToImage[`r${k}`]!.value))],
    ['  chance', ...ks.map((k) => percent(chance.textToImage[`r${k}`]!.value))],
  ]);
  return [
    `Recall by ${by}:`,
    ...textTable([['', 'at 1', 'at 5', 'at 10'], ...rows]),
    ...Object.entries(zeroShot ?? {}).map(
      ([part, share]) => `Zero-shot classes on ${parts[part]!.title}: ${percent(share.value)}`,
    ),
  ];
}

/** Runs `m3ae retrieve`. */
export async function runRetrieve(path: string, options: RetrieveCommandOptions): Promise<void> {
  const pictures =
    options.pictures === undefined
      ? undefined
      : countOf('--pictures', options.pictures, { least: 2, most: limits.comparedPictures });
  const groups =
    options.groups === 'each' ? 'each' : countOf('--groups', options.groups, { most: limits.textLength });
  const settingsOf = ({ config }: OpenedRun): RetrievalSettings => ({
    pictures: pictures ?? (config.method === 'clip' ? null : 60),
    groups,
  });
  await runEvaluation(path, options, {
    name: 'retrieve',
    settings: (run) => ({ ...settingsOf(run) }),
    evaluate: ({ run, sources, progress }) => measureRetrieval(run, sources, settingsOf(run), progress),
    print: lines,
  });
}
