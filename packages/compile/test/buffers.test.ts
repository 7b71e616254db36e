import { expect, test } from 'vitest';
import { createValue } from '../src/ir/graph.js';
import { bufferPool } from '../src/run/buffers.js';

const two = createValue([2], 'float32');
const alsoTwo = createValue([1, 2], 'float32');
const whole = createValue([2], 'int32');

test('a given array is taken for a result of its size and type', () => {
  const pool = bufferPool([two, whole]);
  const given = new Float32Array(2);
  pool.give([given]);
  const [first, second] = pool.take([whole, alsoTwo], []);
  expect(first).toEqual(new Int32Array(2));
  expect(second).toBe(given);
  expect(pool.take([two], [])[0]).not.toBe(given);
});

test('an array that is being read is not written, and stays for later', () => {
  const pool = bufferPool([two]);
  const given = new Float32Array(2);
  pool.give([given]);
  expect(pool.take([two], [given])[0]).not.toBe(given);
  expect(pool.take([two], [new Float32Array(given.buffer)])[0]).not.toBe(given);
  expect(pool.take([two], [])[0]).toBe(given);
});

test('each byte is kept once, however many views are given', () => {
  const pool = bufferPool([two, two, two]);
  const { buffer } = new Float32Array(4);
  const views = [
    new Float32Array(buffer, 0, 2),
    new Float32Array(buffer, 4, 2),
    new Float32Array(buffer, 8, 2),
  ];
  pool.give([views[0]!, views[0]!, ...views]);
  const taken = pool.take([two, two, two], []);
  expect(new Set(taken.filter((array) => array.buffer === buffer))).toEqual(new Set([views[0], views[2]]));
});

test('no more is held than the results need', () => {
  const pool = bufferPool([two]);
  const given = [new Float32Array(2), new Float32Array(2), new Float32Array(3)];
  pool.give(given);
  pool.give(given);
  expect(pool.take([two, two], []).filter((array) => given.includes(array as never))).toHaveLength(1);
});
