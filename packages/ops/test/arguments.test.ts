import '@tensorflow/tfjs-backend-cpu';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  attentionSoftmax,
  gelu,
  layerNorm,
  lookUp,
  rowCrossEntropy,
  rowSoftCrossEntropy,
} from '../src/index.js';

const rows = ones([2, 5]);

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['layerNorm', layerNorm, [ones([2, 8]), { scale: ones([8]), bias: ones([8]) }, 1e-6]],
  ['gelu', gelu, [ones([2]), 'tanh']],
  ['attentionSoftmax', attentionSoftmax, [ones([1, 1, 2, 2])]],
  ['lookUp', lookUp, [ones([4, 2]), zeros([2], 'int32')]],
  ['rowCrossEntropy', rowCrossEntropy, [rows, ones([2], 'int32')]],
  ['rowSoftCrossEntropy', rowSoftCrossEntropy, [rows, rows]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});

test('a misspelled form of GELU is not another form', () => {
  expect(() => gelu(rows, 'tahn' as 'tanh')).toThrow(/form must be tanh, erf or quick/);
});
