import { readFileSync } from 'node:fs';
import { ndArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { resizePositions } from '../src/index.js';

type Grid = [number, number];
const cases = JSON.parse(readFileSync(new URL('fixtures/positions.json', import.meta.url), 'utf8')) as {
  from: Grid;
  to: Grid;
  positions: number[];
  expected: number[];
}[];

test.each(cases)('$from to $to patches as torch interpolates', ({ from, to, positions, expected }) => {
  const resized = resizePositions(ndArray(Float32Array.from(positions), [from[0] * from[1], 3]), from, to);
  expect(resized.shape).toEqual([to[0] * to[1], 3]);
  expect(Math.max(...expected.map((value, at) => Math.abs(value - resized.data[at]!)))).toBeLessThan(2e-6);
});
