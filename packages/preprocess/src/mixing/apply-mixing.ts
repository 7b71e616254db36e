import { invalidField, requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { checkOptions, inInterval, withDefault } from '@m3ae/errors/rules';
import type { Mixing } from './draw-mixing.js';

/** Layout of {@link mixPatches}' pictures. */
export interface PatchBatch {
  /** Pictures in the batch. */
  readonly batch: number;
  /** Width of a picture in patches. */
  readonly columns: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  readonly channels: number;
}

/**
 * Mixes each picture of a batch with its partner, the batch in reverse order.
 *
 * @param patches - [batch, patches, patchSize * patchSize * channels]; a patch flattens (row, column, channel). Not changed.
 * @returns The same layout.
 * @throws RangeError if `patches` does not divide into the batch.
 *
 * @example
 * ```ts
 * const mixed = mixPatches(patches, drawMixing(key, size, options), { batch, columns: 6, patchSize: 8, channels: 3 });
 * ```
 */
export function mixPatches(patches: Float32Array, mixing: Mixing, layout: PatchBatch): Float32Array {
  const remedy = 'Pass all pictures of the batch.';
  if (!(patches instanceof Float32Array)) throw invalidField('patches', 'a Float32Array', patches, remedy);
  requireRecord('mixing', mixing, 'kind', 'Take it from drawMixing.');
  requireRecord('layout', layout, 'batch, columns, patchSize, channels', 'Describe the batch.');
  for (const name of ['batch', 'columns', 'patchSize', 'channels'] as const) {
    requirePositiveInteger(`layout.${name}`, layout[name], 'Count from 1.');
  }
  if (patches.length % layout.batch !== 0) {
    throw invalidField('patches', `a multiple of batch ${layout.batch} long`, patches.length, remedy);
  }
  if (mixing.kind === 'none') return patches;
  if (mixing.kind === 'mixup') return blended(patches, layout.batch, mixing.weight);
  requireRecord('mixing.box', mixing.box, 'left, top, width, height', 'Take mixing from drawMixing.');
  return pasted(patches, mixing.box, layout);
}

function blended(patches: Float32Array, batch: number, weight: number): Float32Array {
  const length = patches.length / batch;
  const result = new Float32Array(patches.length);
  for (let example = 0; example < batch; example++) {
    const own = example * length;
    const partner = (batch - 1 - example) * length;
    for (let at = 0; at < length; at++) {
      result[own + at] = weight * patches[own + at]! + (1 - weight) * patches[partner + at]!;
    }
  }
  return result;
}

function pasted(
  patches: Float32Array,
  { left, top, width, height }: Extract<Mixing, { kind: 'cutmix' }>['box'],
  { batch, columns, patchSize, channels }: PatchBatch,
): Float32Array {
  const length = patches.length / batch;
  const patchDim = patchSize * patchSize * channels;
  const result = patches.slice();
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      const patch = Math.floor(y / patchSize) * columns + Math.floor(x / patchSize);
      const pixel = patch * patchDim + ((y % patchSize) * patchSize + (x % patchSize)) * channels;
      for (let example = 0; example < batch; example++) {
        const from = (batch - 1 - example) * length + pixel;
        result.set(patches.subarray(from, from + channels), example * length + pixel);
      }
    }
  }
  return result;
}

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
