import '@tensorflow/tfjs-backend-cpu';
import { key } from '@m3ae/random';
import { ones } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  blockMask,
  corruptTokens,
  gatherTokens,
  gatherTokens2d,
  keepLength,
  leaveOutPadding,
  maskStrategy,
  planFromMask,
  planFromNoise,
  planTensors,
  randomMask,
  realHiddenTokens,
  restoreTokens,
  spanMask,
  strategies,
} from '../src/index.js';

const plan = randomMask(key(0), { length: 4, maskRatio: 0.5, rows: 2 });
const tensors = planTensors(plan);
const padding = new Float32Array(8);
const request = { length: 4, grid: [2, 2], maskRatio: 0.5, rows: 2, allowEmpty: false };
const { grid, ...text } = request;

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['keepLength', keepLength, [4, 0.5]],
  ['randomMask', randomMask, [key(0), text]],
  ['blockMask', blockMask, [key(0), { grid, maskRatio: 0.5, rows: 2, minBlock: 1, minAspect: 0.5 }]],
  ['spanMask', spanMask, [key(0), { ...text, endProbability: 0.5, maxSpan: 2 }]],
  ['planFromNoise', planFromNoise, [new Float32Array(8), 2, 4, 0.5]],
  ['planFromMask', planFromMask, [Float32Array.of(0, 1, 1, 0), 1, 4]],
  ['maskStrategy', maskStrategy, [{ strategy: 'block', minBlock: 1 }]],
  ['strategies.block', strategies.block, [key(0), request]],
  ['strategies.random', strategies.random, [key(0), request]],
  [
    'corruptTokens',
    corruptTokens,
    [key(0), Int32Array.of(5, 6, 7), { vocabSize: 10, maskId: 3, maskRatio: 0.5 }],
  ],
  ['leaveOutPadding', leaveOutPadding, [plan, padding, 2]],
  ['realHiddenTokens', realHiddenTokens, [plan, padding, 2]],
  ['planTensors', planTensors, [plan]],
  ['gatherTokens', gatherTokens, [ones([2, 4, 3]), 'keep', tensors]],
  ['gatherTokens2d', gatherTokens2d, [ones([2, 4]), 'hidden', tensors]],
  ['restoreTokens', restoreTokens, [ones([2, 2, 3]), ones([1, 1, 3]), tensors]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});

test('a number written as text is no number', () => {
  const given = { length: '4', maskRatio: '0.5' } as unknown as Parameters<typeof randomMask>[1]; // as JavaScript may call it
  expect(faultsOf(() => randomMask(key(0), given))).toMatchObject([
    { path: 'length', received: '"4"' },
    { path: 'maskRatio', received: '"0.5"' },
  ]);
});
