import { initM3ae, type M3aeConfig, type M3aeParams, resolveM3aeConfig } from '@m3ae/transformer';
import { key, normal, randomInteger } from '@m3ae/random';
import { ndArray, type NdArray } from '@m3ae/tree';

/** A tiny model on oblong pictures of 2 x 3 patches, with captions of 3, 5, 1, 4 and 0 real pieces of 5. */
export const [examples, patches, textLength] = [5, 6, 5];
export const grid = [2, 3] as const;
export const realPieces = [3, 5, 1, 4, 0];

export function tinyModel(): {
  config: M3aeConfig;
  params: M3aeParams<NdArray>;
  pairs: { patches: NdArray; tokenIds: NdArray; paddingMask: NdArray };
} {
  const config = resolveM3aeConfig({
    embedDim: 16,
    depth: 3,
    heads: 2,
    decoderDim: 12,
    decoderDepth: 2,
    decoderHeads: 3,
    patchSize: 2,
    channels: 1,
    vocabSize: 13,
  });
  const params = initM3ae(key(5), config);
  // Xavier weights look almost evenly at everything; larger ones make maps that differ.
  for (const { attention } of params.encoder.blocks) {
    const kernel = attention.qkv.kernel.data as Float32Array;
    kernel.forEach((value, i) => (kernel[i] = 2 * value));
  }
  const padding = realPieces.flatMap((real) =>
    Array.from({ length: textLength }, (_, at) => (at < real ? 0 : 1)),
  );
  return {
    config,
    params,
    pairs: {
      patches: ndArray(normal(key(1), examples * patches * 4), [examples, patches, 4]),
      tokenIds: ndArray(randomInteger(key(2), examples * textLength, 0, 13), [examples, textLength]),
      paddingMask: ndArray(Float32Array.from(padding), [examples, textLength]),
    },
  };
}

/** Largest difference of two lists of one length; Infinity where one is not a number. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  return Array.from(actual).reduce((most, value, i) => {
    const difference = Math.abs(value - expected[i]!);
    return difference >= 0 ? Math.max(most, difference) : Infinity;
  }, 0);
}
