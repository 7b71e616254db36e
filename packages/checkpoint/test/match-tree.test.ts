import { expect, test } from 'vitest';
import { matchTree } from '../src/index.js';
import { floats } from './support.js';

const expected = {
  blocks: [{ bias: floats([0, 0]) }, { bias: floats([0, 0]) }],
  count: { shape: [], data: Int32Array.of(0) },
  head: floats([0, 0, 0, 0], [2, 2]),
};
const loaded = {
  'blocks.0.bias': floats([1, 2]),
  'blocks.1.bias': floats([3, 4]),
  count: { shape: [], data: Int32Array.of(7) },
  head: floats([5, 6, 7, 8], [2, 2]),
};

test('tensors by path take the structure of the program', () => {
  expect(matchTree(expected, loaded)).toEqual({
    blocks: [{ bias: loaded['blocks.0.bias'] }, { bias: loaded['blocks.1.bias'] }],
    count: loaded.count,
    head: loaded.head,
  });
});

test('all differences come in one error, with names and both shapes', () => {
  const wrong = {
    'blocks.1.bias': floats([3, NaN]),
    count: floats([7], []),
    head: floats([5, 6, 7, 8], [4, 1]),
    'head.bias': floats([1, 2, 3]),
  };
  expect(() => matchTree(expected, wrong, { name: 'model' })).toThrow(
    'model must hold exactly the tensors of this configuration; received 5 that differ:\n' +
      '  missing: blocks.0.bias [2]\n' +
      '  not finite: blocks.1.bias [2] has 1 of 2 values, the first at index 1: NaN\n' +
      '  wrong dtype: count [] must be int32; received float32\n' +
      '  misshapen: head must be [2,2]; received [4,1]\n' +
      '  extra: head.bias [3]\n' +
      'Use the configuration that the checkpoint was written with (config.json of its run).',
  );
});

test('extra tensors and values that are not finite pass where asked', () => {
  const more = { ...loaded, 'text.table': floats([1]), head: floats([Infinity, 6, -Infinity, 8], [2, 2]) };
  expect(() => matchTree(expected, more, { allowExtra: true })).toThrow(
    'not finite: head [2,2] has 2 of 4 values, the first at index 0: Infinity',
  );
  expect(() => matchTree(expected, more, { allowNonFinite: true })).toThrow('extra: text.table [1]');
  expect(matchTree(expected, more, { allowExtra: true, allowNonFinite: true }).head).toBe(more.head);
});

test('large values whose sum overflows are finite all the same', () => {
  const big = floats([3e38, 3e38, 3e38, 3e38], [2, 2]);
  expect(matchTree(expected, { ...loaded, head: big }).head).toBe(big);
});
