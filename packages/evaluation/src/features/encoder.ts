import {
  applyClassifier,
  type ClassifierConfig,
  type ClassifierParams,
  type M3aeConfig,
  poolTokens,
  representTrunk,
  type TrunkParams,
} from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { slice, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Program, Runner } from '@m3ae/compile';

/** Features that the frozen model makes of a batch of pictures. */
export interface EncodedPictures<Leaf = NdArray> {
  /** CLS token: [batch, embedDim]. */
  readonly cls: Leaf;
  /** Mean of the patch tokens: [batch, embedDim]. */
  readonly mean: Leaf;
  /** Of a classifier's own head: [batch, classes]. */
  readonly logits?: Leaf;
}

/**
 * The frozen encoder of a model of any method, as a function of parameters and patches [batch, patches, patchDim]: whole
 * pictures, no text, nothing hidden.
 *
 * @param model - One with `classes` gives the logits of its own head beside.
 */
export function pictureEncoder(model: M3aeConfig | ClassifierConfig) {
  return (
    params: TrunkParams<Tensor> | ClassifierParams<Tensor>,
    patches: Tensor3D,
  ): EncodedPictures<Tensor2D> => {
    const { cls, mean: average } = pooledTokens(
      representTrunk(params, model, { patches }).output,
      patches.shape[1],
    );
    if (!('classes' in model && 'classifier' in params)) return { cls, mean: average };
    return { cls, mean: average, logits: applyClassifier(params, model, { patches }).output };
  };
}

/** The encoder of pictures alone, made ready by a runner; run it on parameters and patches. */
export function encoderProgram(
  runner: Runner,
  model: M3aeConfig | ClassifierConfig,
): Program<EncodedPictures> {
  return runner<EncodedPictures>('encoder', pictureEncoder(model));
}

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
