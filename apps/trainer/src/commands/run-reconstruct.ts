import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { join } from 'node:path';
import { unusable } from '@m3ae/errors';
import { limits } from '../config/limits.js';
import { countOf } from './choices.js';
import { evaluatedRun } from '../evaluation/envelope.js';
import { openRun, refuseWordless } from '../evaluation/open-run.js';
import { inputsOf, rebuildGallery } from '../evaluation/rebuild.js';
import { percent } from '@m3ae/report';
import { wallClock } from '../run/clock.js';
import {
  type RebuiltExample,
  reconstructExample,
  requireRebuilding,
} from '../evaluation/reconstruct-example.js';
import { versions } from '../run/versions.js';
import { requireWritableFile } from '../run/writable.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae reconstruct`. */
export interface ReconstructCommandOptions extends EvaluationCommandOptions {
  readonly image?: string;
  readonly caption?: string;
  readonly out?: string;
  readonly seed: string;
  readonly examples?: string;
  readonly imageMaskRatio?: string;
  readonly textMaskRatio?: string;
}

function ratioOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ratio = Number(value);
  if (value.trim() !== '' && ratio > 0 && ratio < 1) return ratio;
  throw unusable([`--${name} must be above 0 and below 1; received ${value}. Write three quarters as 0.75.`]);
}

function exampleLines({ picture, error, pieces, notes }: RebuiltExample): string[] {
  const words = pieces.map(({ piece, hidden, guesses }) => {
    const shown = guesses.map((guess) => `${guess.piece} ${percent(guess.probability)}`).join(', ');
    return hidden ? `[${piece}] -> ${shown}` : piece;
  });
  if (picture === null) return [...notes, ...words];
  return [...notes, `Picture: ${picture} (original, hidden, rebuilt); error ${error!.toFixed(3)}`, ...words];
}

/** The user's own picture, caption or pair. */
async function runOwn(path: string, options: ReconstructCommandOptions): Promise<void> {
  const seed = countOf('--seed', options.seed, { least: 0, most: limits.seed });
  const imageMaskRatio = ratioOf('image-mask-ratio', options.imageMaskRatio);
  const textMaskRatio = ratioOf('text-mask-ratio', options.textMaskRatio);
  const started = wallClock();
  const run = await openRun(path, changesOf(options));
  const out = options.out ?? join(run.folder, 'reconstruction.png');
  requireWritableFile(out);
  const { image, caption } = options;
  const results = await reconstructExample(run, { image, caption, out, seed, imageMaskRatio, textMaskRatio });
  if (options.json) {
    const settings = { image, caption, seed, imageMaskRatio, textMaskRatio };
    const seconds = wallClock() - started;
    const evaluated = evaluatedRun(run.folder, run.config, run);
    const record = {
      evaluation: 'reconstruct',
      run: evaluated,
      settings,
      results,
      seconds,
      versions: versions(),
    };
    process.stdout.write(`${JSON.stringify(record)}\n`);
  } else if (!options.quiet) exampleLines(results).forEach((line) => console.log(line));
}

function galleryLines({ items, textAccuracy }: Gallery): string[] {
  const errors = (input: string) => {
    const found = items.filter((item) => item.input === input && item.error !== null);
    const mean = found.reduce((sum, { error }) => sum + error!, 0) / found.length;
    return found.length === 0 ? [] : [`${input}: error of hidden patches ${mean.toFixed(3)}`];
  };
  return [
    ...['paired', 'image'].flatMap(errors),
    ...textAccuracy.map(
      ({ input, part, share }) => `${input}: ${percent(share)} of the hidden word pieces right on ${part}`,
    ),
  ];
}

/** Unseen examples, with their captions and without, and captions alone. */
async function runGallery(path: string, options: ReconstructCommandOptions): Promise<void> {
  const ratios = [
    ['report.maskRatio', ratioOf('image-mask-ratio', options.imageMaskRatio)],
    ['report.textMaskRatio', ratioOf('text-mask-ratio', options.textMaskRatio)],
    [
      'report.examples',
      options.examples && countOf('--examples', options.examples, { most: limits.reportPictures }),
    ],
  ] as const;
  const changes = ratios.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  await runEvaluation<Gallery>(
    path,
    { ...options, set: [...options.set, ...changes] },
    {
      name: 'reconstruct',
      settings: ({ config }) => {
        const { examples, maskRatio, textMaskRatio } = config.report;
        return { examples, maskRatio, textMaskRatio, inputs: inputsOf(config) };
      },
      async evaluate({ run, sources, place }) {
        requireRebuilding(run);
        refuseWordless(run, 'reconstruct without --image');
        const gallery = await rebuildGallery(run, sources, place, inputsOf(run.config));
        if (gallery !== null) return gallery;
        throw unusable(['The test part must hold pictures; received an empty one. Add pictures.']);
      },
      print: galleryLines,
    },
  );
}

/** Runs `m3ae reconstruct`. */
export async function runReconstruct(path: string, options: ReconstructCommandOptions): Promise<void> {
  if (options.image === undefined && options.caption === undefined) await runGallery(path, options);
  else await runOwn(path, options);
}
