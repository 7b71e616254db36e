import { pluralize } from '@m3ae/errors';
import type { Accuracy } from '@m3ae/evaluation';
import type { ClassifierResults, FeatureAccuracy } from '../evaluation/types.js';
import { percent } from '@m3ae/report';
import { textTable } from './text-table.js';

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
