import { randomMask } from '@m3ae/masking';
import { key, normal, randomInteger } from '@m3ae/random';
import { type MapLeaves, ndArray, type NdArray } from '@m3ae/tree';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import {
  initM3ae,
  type M3aeConfig,
  type M3aeConfigInput,
  type M3aeInputs,
  type M3aeParams,
  resolveM3aeConfig,
} from '../../src/index.js';
import { toTensors } from './tensors.js';

const small: M3aeConfigInput = {
  embedDim: 16,
  depth: 2,
  heads: 2,
  decoderDim: 12,
  decoderDepth: 2,
  decoderHeads: 3,
  patchSize: 2,
  channels: 1,
  vocabSize: 13,
};
export const [batch, patches, textLength] = [3, 6, 5];
export const grid = [2, 3] as const;

type Inputs = Required<Omit<M3aeInputs, 'noise'>>;

/** A small model on oblong pictures, as plain arrays; the third caption is all padding. */
export function setUpArrays(change: M3aeConfigInput = {}): {
  config: M3aeConfig;
  params: M3aeParams<NdArray>;
  inputs: MapLeaves<Inputs, Tensor, NdArray>;
} {
  const config = resolveM3aeConfig({ ...small, ...change });
  const patchDim = 4 * config.channels;
  const padding = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1);
  return {
    config,
    params: initM3ae(key(5), config),
    inputs: {
      patches: ndArray(normal(key(1), batch * patches * patchDim), [batch, patches, patchDim]),
      tokenIds: ndArray(randomInteger(key(2), batch * textLength, 0, 13), [batch, textLength]),
      paddingMask: ndArray(padding, [batch, textLength]),
      imagePlan: randomMask(key(3), { length: patches, maskRatio: 0.5, rows: batch }),
      textPlan: randomMask(key(4), { length: textLength, maskRatio: 0.4, rows: 1 }),
    },
  };
}

/** As {@link setUpArrays}, on the current backend. */
export function setUp(change: M3aeConfigInput = {}) {
  const { config, params, inputs } = setUpArrays(change);
  return {
    config,
    params: toTensors<M3aeParams<Tensor>>(params),
    inputs: toTensors<Inputs>(inputs as never),
  };
}

/** One example of a batch, as a batch of one. */
export function example<T extends Tensor>(x: T, index: number): T {
  return slice(x, [index], [1]) as T;
}

export function largestDifference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [Array.from(a.dataSync()), b.dataSync()];
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}
