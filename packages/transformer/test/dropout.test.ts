import '@tensorflow/tfjs-backend-cpu';
import { key, uniform } from '@m3ae/random';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { ones, setBackend, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { drawNoise, resolveM3aeConfig } from '../src/index.js';
import { dropPathRate } from '../src/noise.js';
import { dropout, dropPath } from '../src/layers/block.js';

beforeAll(() => setBackend('cpu'));
const dims = { embedDim: 8, depth: 3, heads: 2, decoderDim: 12, decoderDepth: 1, decoderHeads: 3 } as const;

test('dropout zeroes where the noise is below the rate, and keeps the mean', () => {
  const noise = uniform(key(0), 10_000);
  const y = dropout(ones([100, 100]), 0.3, tensor(noise, [100, 100])).dataSync() as Float32Array;
  y.forEach((value, i) => expect(value).toBeCloseTo(noise[i]! < Math.fround(0.3) ? 0 : 1 / 0.7, 5));
  expect(y.reduce((a, b) => a + b) / y.length).toBeCloseTo(1, 1);
});

test('drop path skips whole examples', () => {
  const y = dropPath(ones([6, 2]), 0.25, tensor([0.1, 0.9, 0.24999])).arraySync() as number[][];
  expect(y.map((row) => row[0]! > 0)).toEqual([false, false, true, true, false, false]);
  expect(y[2]![0]).toBeCloseTo(4 / 3, 5);
});

test('without noise nothing is dropped', () => {
  const x = ones([2, 2]);
  expect(dropout(x, 0.5, undefined)).toBe(x);
  expect(dropPath(x, 0.5, undefined)).toBe(x);
});

test('only the noise that is used is drawn, in the shapes of the model', () => {
  const shape = { batch: 2, imageTokens: 9, imageKeep: 2, textTokens: 4, textKeep: 1 };
  const shapesOf = (change: object) => {
    const noise = drawNoise(key(1), resolveM3aeConfig({ ...dims, ...change }), shape);
    return Object.fromEntries(flattenTree<NdArray>(noise).map(([path, leaf]) => [path, leaf.shape]));
  };
  expect(shapesOf({})).toEqual({});
  expect(shapesOf({ dropPath: 0.1, dropPathSchedule: 'linear', depth: 2 })).toEqual({
    'encoder.blocks.1.attentionPath': [2],
    'encoder.blocks.1.mlpPath': [2],
    'decoder.blocks.0.attentionPath': [2],
    'decoder.blocks.0.mlpPath': [2],
  });
  expect(shapesOf({ dropout: 0.1, attentionDropout: 0.1, depth: 1 })).toMatchObject({
    'encoder.blocks.0.attention': [2, 2, 4, 4],
    'encoder.blocks.0.projection': [2, 4, 8],
    'encoder.blocks.0.hidden': [2, 4, 32],
    'encoder.blocks.0.output': [2, 4, 8],
    'decoder.blocks.0.attention': [2, 3, 14, 14],
    'decoder.blocks.0.hidden': [2, 14, 48],
  });
});

test('each part of each block has numbers of its own', () => {
  const config = resolveM3aeConfig({ ...dims, dropPath: 0.1 });
  const leaves = flattenTree<NdArray>(drawNoise(key(1), config, { batch: 4, imageTokens: 4 }));
  expect(new Set(leaves.map(([, { data }]) => data.join())).size).toBe(leaves.length);
  expect(drawNoise(key(1), config, { batch: 4, imageTokens: 4 })).toEqual(
    drawNoise(key(1), config, { batch: 4, imageTokens: 4 }),
  );
});

test('the linear schedule rises within a stack', () => {
  const config = resolveM3aeConfig({ ...dims, dropPath: 0.3, dropPathSchedule: 'linear' });
  expect([0, 1, 2].map((i) => dropPathRate(config, i, 3))).toEqual([0, 0.15, 0.3]);
  expect(dropPathRate({ ...config, dropPathSchedule: 'constant' }, 0, 3)).toBe(0.3);
});
