import '@tensorflow/tfjs-backend-cpu';
import { ones, scalar, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  clipContrastive,
  normalizeTargets,
  patchMse,
  softCrossEntropy,
  tokenCrossEntropy,
  validTokens,
  weightedSum,
  weightedTokenLoss,
} from '../src/index.js';

const patches = ones([2, 3, 4]);
const table = ones([2, 3]);
const logits = ones([2, 3, 5]);
const ids = tensor2d([0, 1, 2, 3, 4, 0], [2, 3], 'int32');
const rows = ones([2, 5]);
const labels = ones([2], 'int32');

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['patchMse', patchMse, [patches, patches, table]],
  ['normalizeTargets', normalizeTargets, [patches]],
  ['tokenCrossEntropy', tokenCrossEntropy, [logits, ids, table]],
  ['validTokens', validTokens, [{ mask: table, paddingMask: table }]],
  ['clipContrastive', clipContrastive, [rows, rows, scalar(1), ones([2])]],
  ['softCrossEntropy', softCrossEntropy, [rows, rows]],
  ['weightedSum', weightedSum, [{ image: [scalar(1), 0.5] }]],
  ['weightedTokenLoss', weightedTokenLoss, [rows, labels, ones([2])]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});
