import { invalidField, requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { checkOptions, inInterval, withDefault } from '@m3ae/errors/rules';
import type { Mixing } from './draw-mixing.js';

/** What {@link softTargets} is told beside the labels. */
export interface SoftTargetOptions {
  readonly classes: number;
  /** Share of the probability spread evenly over all classes, in [0, 1). Default 0. The reference has 0.1. */
  readonly labelSmoothing?: number;
  /** How the pictures were mixed. Default: not at all. */
  readonly mixing?: Mixing;
}

/** The rule of {@link SoftTargetOptions.labelSmoothing}. */
export const labelSmoothingRule = withDefault(inInterval('[0, 1)', 'Write a tenth as 0.1, not 10.'), 0);

/**
 * Probability of each class for each example: smoothed once, then mixed as the pictures were.
 *
 * @param labels - [batch], each in [0, classes).
 * @returns [batch, classes]; each row adds up to 1.
 * @throws RangeError if a label or `labelSmoothing` is out of range.
 *
 * @example
 * ```ts
 * softTargets(Int32Array.of(1, 0), { classes: 2, labelSmoothing: 0.1 }); // .05 .95, .95 .05
 * ```
 */
export function softTargets(labels: Int32Array, options: SoftTargetOptions): Float32Array {
  requireList('labels', labels, 'Give each example the number of its class.');
  requireRecord('options', options, 'classes', 'Write { classes } at least.');
  const { classes, mixing = { kind: 'none' } } = options;
  requireRecord('mixing', mixing, 'kind', 'Take it from drawMixing.');
  requirePositiveInteger('classes', classes, 'Count the classes of the data.');
  const labelSmoothing = checkOptions(labelSmoothingRule, options.labelSmoothing, { path: 'labelSmoothing' });
  const own = mixing.kind === 'none' ? 1 : mixing.weight;
  const result = new Float32Array(labels.length * classes).fill(labelSmoothing / classes);
  const give = (example: number, label: number, share: number) => {
    if (!(label >= 0 && label < classes)) {
      throw invalidField(
        'labels',
        `in [0, ${classes})`,
        label,
        'Count the classes anew, or leave the example out.',
      );
    }
    result[example * classes + label]! += (1 - labelSmoothing) * share;
  };
  labels.forEach((label, example) => {
    give(example, label, own);
    if (own < 1) give(example, labels[labels.length - 1 - example]!, 1 - own);
  });
  return result;
}
