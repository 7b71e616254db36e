import { invalidField, requirePositiveInteger, requireRecord } from '@m3ae/errors';
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
