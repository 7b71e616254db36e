import { checkOptions, dictionary, integer, matching, text } from '@m3ae/errors/rules';

const placeRule = text('Name a place, e.g. runs/photos/metrics.jsonl.', 'the path of a file or folder');

/** @throws InvalidInput for anything but a path. */
export const requirePath = (name: string, path: unknown): void =>
  void checkOptions(placeRule, path, { path: name });

const stepsRule = integer({ min: 0 }, 'Count finished updates.');

/** @throws InvalidInput for anything but a number of finished updates. */
export const requireSteps = (name: string, steps: unknown): void =>
  void checkOptions(stepsRule, steps, { path: name });

// NaN is one: a loss that is none is worth a line.
const valueRule = matching('a number', (value) => typeof value === 'number', 'Pass its value.', 0);

const metricsRule = dictionary(valueRule, {
  rule: 'a record of numbers',
  remedy: 'Write e.g. { loss: 1.5 }.',
});

/** @throws InvalidInput for anything but numbers by name. */
export const requireMetrics = (name: string, metrics: unknown): void =>
  void checkOptions(metricsRule, metrics, { path: name });
