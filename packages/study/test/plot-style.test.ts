import { expect, test } from 'vitest';
import { dashes, hues, scaleOf, shapes } from '../src/plot-data.js';

test('36 series differ in hue and shape, and in hue and dash; the first six in each', () => {
  const names = Array.from({ length: 36 }, (_, at) => `series ${at}`);
  const looks = (range: readonly unknown[]) => scaleOf(names, range).range;
  for (const other of [shapes, dashes]) {
    const pairs = looks(hues).map((hue, at) => JSON.stringify([hue, looks(other)[at]]));
    expect(new Set(pairs).size).toBe(36);
    expect(new Set(looks(other).slice(0, 6)).size).toBe(6);
  }
});
