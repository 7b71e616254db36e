import { expect, test } from 'vitest';
import { positions1d, positions2d } from '../src/index.js';
import { readGolden } from './helpers/golden.js';

const largestDifference = (actual: Float32Array, expected: ArrayLike<number>) =>
  actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);

test.each([...readGolden('pieces').tensors])('%s', (name, expected) => {
  const [, kind, dim, count] = /position(\d)d.dim(\d+).[a-z]+(\d+)/.exec(name)!;
  const side = Math.sqrt(Number(count));
  const codes = kind === '1' ? positions1d(Number(count), Number(dim)) : positions2d(side, side, Number(dim));
  expect(codes.length).toBe(expected.data.length);
  expect(largestDifference(codes, expected.data)).toBeLessThan(2e-7);
});

test('place 1 of a line, and the cells of a 2 x 2 grid', () => {
  const line = [0.841471, 0.099833, 0.01, 0.001, 0.540302, 0.995004, 0.99995, 1];
  expect(largestDifference(positions1d(4, 8).slice(8, 16), line)).toBeLessThan(1e-6);
  const still = [0, 0, 1, 1];
  const moved = [0.841471, 0.01, 0.540302, 0.99995];
  const cells = [still, still, moved, still, still, moved, moved, moved].flat();
  expect(largestDifference(positions2d(2, 2, 8), cells)).toBeLessThan(1e-6);
});

test('an oblong grid joins the codes of column and row', () => {
  const [rows, columns, dim] = [3, 5, 12];
  const codes = positions2d(rows, columns, dim);
  const line = positions1d(5, dim / 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = codes.subarray((row * columns + column) * dim, (row * columns + column + 1) * dim);
      const half = dim / 2;
      expect(cell.slice(0, half)).toEqual(line.slice(column * half, (column + 1) * half));
      expect(cell.slice(half)).toEqual(line.slice(row * half, (row + 1) * half));
    }
  }
});

test('a width that cannot hold the codes is refused', () => {
  expect(() => positions2d(2, 2, 6)).toThrow('dim must be divisible by 4; received 6.');
  expect(() => positions1d(2, 3)).toThrow('dim must be a positive even number; received 3.');
});
