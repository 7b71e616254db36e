import { pluralize } from '@m3ae/errors';
import type { Accuracy } from '@m3ae/evaluation/classification';
import type { ClassifierResults, FeatureAccuracy, ProbeResults } from '@m3ae/evaluation/probe';
import { percent } from '@m3ae/report';

/** Rows of text in columns; the first column to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  return rows.map((row) =>
    row
      .map((text, column) => {
        const space = ' '.repeat(widths[column]! - [...text].length);
        return column === 0 ? text + space : space + text;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A share with its interval, e.g. `40.1 % (37.9 – 42.3)`. */
export function shareWords({ value, low, high }: Accuracy): string {
  return `${percent(value)} (${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)})`;
}

/** The table that `m3ae probe` and `m3ae knn` print. */
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
 * @param run - The run or checkpoint, as a person names it.
 * @returns A sentence with the whole command, or nothing.
 */
export function weakerPenaltyHint(
  { best, features }: ProbeResults,
  tried: readonly number[],
  run: string,
): string[] {
  const { strength } = features[best]!;
  if (tried.length === 1 || strength > Math.min(...tried)) return [];
  const weaker = Number((strength / 3).toPrecision(1));
  const command = `npx @m3ae/trainer probe ${run} --strengths ${[...tried, weaker].join()}`;
  return [
    `Of the penalties tried on ${best} the weakest, ${strength}, is the best; a weaker one may be better still: ${command}`,
  ];
}
