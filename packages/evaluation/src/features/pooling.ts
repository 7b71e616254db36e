import { poolTokens } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { slice, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';

/** CLS token, mean of the patch tokens and these, out of an encoder's tokens: CLS, patches, and perhaps text after them. */
export function pooledTokens(
  output: Tensor3D,
  patches: number,
): { cls: Tensor2D; mean: Tensor2D; patches: Tensor3D } {
  const [batch, , dim] = output.shape;
  const seen = slice(output, [0, 0, 0], [batch, 1 + patches, dim]);
  return {
    cls: poolTokens(seen, 'cls'),
    mean: poolTokens(seen, 'mean'),
    patches: slice(output, [0, 1, 0], [batch, patches, dim]),
  };
}

/** Numbers a picture may have, so that the probes of raw pixels take seconds; 48 px in color become 1,728. */
const mostNumbers = 2048;

/** Smallest square, among those that divide a patch, whose averages are few enough; else the whole patch. */
export function poolingOf(patches: number, patchSize: number, channels: number): number {
  const divisors = Array.from({ length: patchSize }, (_, i) => i + 1).filter(
    (side) => patchSize % side === 0,
  );
  return (
    divisors.find((side) => (patches * patchSize ** 2 * channels) / side ** 2 <= mostNumbers) ?? patchSize
  );
}

/**
 * Raw pixels as features; those of large pictures are averaged over small squares.
 *
 * @param patches - [batch, patches, patchSize * patchSize * channels]; a patch flattens (row, column, channel).
 * @returns [batch, numbers]; their order is fixed but not that of the rows of the picture, which no probe here minds.
 */
export function pooledPixels(patches: NdArray, patchSize: number, channels: number): Float32Array {
  const [batch = 0, count = 0] = patches.shape;
  const side = poolingOf(count, patchSize, channels);
  const across = patchSize / side;
  const perPatch = across * across * channels;
  const result = new Float32Array(batch * count * perPatch);
  const patchDim = patchSize * patchSize * channels;
  for (let patch = 0; patch < batch * count; patch++) {
    for (let at = 0; at < patchDim; at++) {
      const channel = at % channels;
      const column = Math.floor(at / channels) % patchSize;
      const row = Math.floor(at / (channels * patchSize));
      const cell = (Math.floor(row / side) * across + Math.floor(column / side)) * channels + channel;
      result[patch * perPatch + cell]! += patches.data[patch * patchDim + at]! / (side * side);
    }
  }
  return result;
}
