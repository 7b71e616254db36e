import { pluralize } from '@m3ae/errors';
import type { AttentionResults, PointingFigures } from '@m3ae/evaluation/attention';
import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type {
  ClassifierResults,
  FeatureAccuracy,
  FineTuneResults,
  ProbeResults,
} from '@m3ae/evaluation/probe';
import type { Gallery, RebuiltOwn } from '@m3ae/evaluation/reconstruction';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import { percent, shareWords, textTable } from './table.js';

/**
 * A table of classifiers on features.
 *
 * @param settingOf - What was chosen for a kind of features.
 * @param heading - Of that column.
 */
export function classifierLines<Setting>(
  { features, tests, best, classes, trainExamples }: ClassifierResults<Setting>,
  settingOf: (feature: FeatureAccuracy & Setting) => string,
  heading: string,
): string[] {
  const rows = Object.entries(features).map(([name, feature]) => [
    name === best ? `${name} *` : name,
    settingOf(feature),
    percent(feature.validation.value),
    ...tests.map(({ key }) => shareWords(feature.tests[key]!.top1)),
  ]);
  return [
    `${pluralize(classes, 'class')}, learned from ${pluralize(trainExamples, 'picture')}; * best on the validation part. Top-1 with 95 % intervals:`,
    ...textTable([['features', heading, 'validation', ...tests.map(({ name }) => name)], ...rows]),
  ];
}

/**
 * What to try where the weakest penalty tried is the best, as a still weaker one may be better.
 *
 * @param commandOf - The command that tries some penalties.
 * @returns A sentence with the command, or nothing.
 */
export function weakerPenaltyHint(
  { best, features }: ProbeResults,
  tried: readonly number[],
  commandOf: (penalties: string) => string,
): string[] {
  const { l2 } = features[best]!;
  if (tried.length === 1 || l2 > Math.min(...tried)) return [];
  const weaker = Number((l2 / 3).toPrecision(1));
  const command = commandOf([...tried, weaker].join());
  return [
    `Of the penalties tried on ${best} the weakest, ${l2}, is the best; a weaker one may be better still: ${command}`,
  ];
}

/** Shares of a fine-tuned classifier on each test part. */
export function fineTuneLines({
  parts,
  tests,
  validation,
  classes,
  trainExamples,
  folder,
}: FineTuneResults): string[] {
  const rows = parts.map(({ key, name }) => [
    name,
    shareWords(tests[key]!.top1),
    percent(tests[key]!.top5.value),
  ]);
  return [
    `${pluralize(classes, 'class')}, learned from ${pluralize(trainExamples, 'picture')}; validation ${percent(validation.value)}:`,
    ...textTable([['', 'top-1', 'top-5'], ...rows]),
    `The fine-tuned model: ${folder}`,
  ];
}

/** How well each score tells each set of outliers apart. */
export function outlierLines({ scores, outliers, sets, inDistribution }: OutlierResults): string[] {
  const rows = scores.map((score) => [
    score,
    ...outliers.map(({ key }) => percent(sets[key]![score]!.auroc)),
  ]);
  const inside = inDistribution.map(({ name }) => name).join(' and ');
  return [
    `AUROC of ${inside} against sets of other pictures; 50 % is chance:`,
    ...textTable([['score', ...outliers.map(({ name }) => name)], ...rows]),
  ];
}

/** Recall of each part both ways beside chance. */
export function retrievalLines({ parts, zeroShot, by }: RetrievalResults): string[] {
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

function pointingRow(
  title: string,
  { accuracy, chance, control, inside, chanceInside }: PointingFigures,
): string[] {
  return [
    title,
    shareWords(accuracy),
    percent(chance),
    control === null ? '–' : percent(control.value),
    percent(inside.value),
    percent(chanceInside),
  ];
}

/**
 * How well words point at what they name, and what was drawn.
 *
 * @param pathOf - Where a drawn file lies.
 */
export function attentionLines(
  { map, parts, pictures, notes = [] }: AttentionResults,
  pathOf: (file: string) => string,
): string[] {
  const rows = Object.values(parts).map(({ title, best }) => pointingRow(title, best));
  const head = ['', 'points right', 'chance', 'other boxes', 'attention inside', 'chance'];
  return [
    ...notes,
    `Map: ${map.name}.`,
    ...(rows.length === 0 ? [] : textTable([head, ...rows])),
    ...pictures.map(({ caption, file }) => `${pathOf(file)}: ${caption}`),
  ];
}

/** Errors of what was hidden and rebuilt. */
export function galleryLines({ items, textAccuracy }: Gallery): string[] {
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

/** An example of a person, hidden and rebuilt: what may stand in each place that was hidden of the caption. */
export function rebuiltLines({
  picture,
  error,
  pieces,
  notes = [],
}: Pick<RebuiltOwn, 'error' | 'pieces'> & {
  /** File of original, hidden and rebuilt picture; null without a picture. */
  readonly picture: string | null;
  readonly notes?: readonly string[];
}): string[] {
  const words = pieces.map(({ piece, hidden, guesses }) => {
    const shown = guesses.map((guess) => `${guess.piece} ${percent(guess.probability)}`).join(', ');
    return hidden ? `[${piece}] -> ${shown}` : piece;
  });
  if (picture === null) return [...notes, ...words];
  return [...notes, `Picture: ${picture} (original, hidden, rebuilt); error ${error!.toFixed(3)}`, ...words];
}
