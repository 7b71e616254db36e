import { readFileSync } from 'node:fs';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { nearestRows, randomStream, squaredDistances } from '../src/embedding/layouts.js';
import type { Matrix } from '../src/index.js';
import { embed2d, type EmbeddingMethod } from '../src/embedding.js';

// Written by fixtures/make-embedding.py with scikit-learn.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/embedding.json', import.meta.url), 'utf8')) as {
  columns: number;
  neighbors: number;
  features: number[];
  labels: number[];
  plane: number[];
  planeTrust: number;
  tsneTrust: number;
};
const matrix = (values: ArrayLike<number>, columns: number): Matrix => ({
  rows: values.length / columns,
  columns,
  data: Float32Array.from(values),
});
const features = matrix(fixture.features, fixture.columns);
const labels = Int32Array.from(fixture.labels);

/** Rows by their distance to each row, itself left out. */
function nearest({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, self) => {
    const away = Array.from({ length: rows }, (_, other) =>
      Math.hypot(
        ...Array.from(
          { length: columns },
          (_, at) => data[self * columns + at]! - data[other * columns + at]!,
        ),
      ),
    );
    return [...away.keys()].filter((other) => other !== self).sort((a, b) => away[a]! - away[b]!);
  });
}

/** Venna and Kaski (2001): 1 if the neighbors on the map are neighbors, 0.5 or so by chance. */
function trustworthiness(high: Matrix, low: Matrix, count: number): number {
  const [near, onMap] = [nearest(high), nearest(low)];
  let penalty = 0;
  for (let row = 0; row < high.rows; row++) {
    for (const other of onMap[row]!.slice(0, count)) {
      penalty += Math.max(0, near[row]!.indexOf(other) + 1 - count);
    }
  }
  const n = high.rows;
  return 1 - (2 / (n * count * (2 * n - 3 * count - 1))) * penalty;
}

test('our measure of a map is that of scikit-learn', () => {
  const trust = trustworthiness(features, matrix(fixture.plane, 2), fixture.neighbors);
  expect(trust).toBeCloseTo(fixture.planeTrust, 4); // equal distances of digits may come in another order
});

/** Share of rows whose nearest point on the map has the same label. */
function sameLabel(points: Matrix): number {
  return nearest(points).filter(([first], row) => labels[first!] === labels[row]).length / points.rows;
}

test.each<EmbeddingMethod>(['tsne', 'umap'])('%s keeps neighbors as well as scikit-learn does', (method) => {
  const map = embed2d(features, { method, key: key(0), labels });
  expect(map.points).toMatchObject({ rows: features.rows, columns: 2 });
  expect(map.labels).toBe(labels);
  const trust = trustworthiness(features, map.points, fixture.neighbors);
  expect(trust).toBeGreaterThan(fixture.tsneTrust - 0.02);
  expect(sameLabel(map.points)).toBeGreaterThan(0.9); // chance is 0.1
});

test.each<EmbeddingMethod>(['tsne', 'umap'])(
  '%s gives the same map for the same key, and only then',
  (method) => {
    const map = (seed: number) => embed2d(features, { method, key: key(seed), steps: 20 }).points.data;
    expect(map(0)).toEqual(map(0));
    expect(map(0)).not.toEqual(map(1));
  },
);

test.each<EmbeddingMethod>(['tsne', 'umap'])(
  '%s needs no settings for few rows, nor rows that differ',
  (method) => {
    const few = matrix(fixture.features.slice(0, 4 * fixture.columns), fixture.columns);
    const same = { ...few, data: few.data.map(() => 1) };
    for (const rows of [few, same]) {
      const { points } = embed2d(rows, { method, key: key(0), steps: 50 });
      expect(points.data.every(Number.isFinite)).toBe(true);
    }
  },
);

test('the neighbors that UMAP is given begin with the row itself, then by distance', () => {
  const line = matrix([0, 3, 1, 7], 1);
  expect(nearestRows(squaredDistances(line), 3)).toEqual({
    indices: [
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
      [3, 1, 2],
    ],
    distances: [
      [0, 1, 3],
      [0, 2, 3],
      [0, 1, 2],
      [0, 4, 6],
    ],
  });
});

test('a stream of numbers does not begin again', () => {
  const next = randomStream(key(0));
  const drawn = Array.from({ length: 20_000 }, next);
  expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true);
  // 20,000 draws out of 2^23 values: about 24 pairs are equal by chance.
  expect(new Set(drawn).size).toBeGreaterThan(19_900);
  expect(drawn.reduce((sum, number) => sum + number, 0) / drawn.length).toBeCloseTo(0.5, 1);
});

describe('bad input', () => {
  const map = (options: object, rows: Matrix = features) => embed2d(rows, { key: key(0), ...options });
  test.each([
    [{ method: 'unmap' }, 'method must be tsne or umap; received unmap. Did you mean umap?'],
    [{ labels: labels.subarray(1) }, 'labels must be one for each of 200 rows; received 199.'],
    [
      { perplexity: 200 },
      'perplexity must be above 0 and below the 200 rows; received 200. Usual is 5 to 50.',
    ],
    [
      { method: 'umap', neighbors: 1 },
      'neighbors must be a whole number from 2 to below the 200 rows; received 1.',
    ],
    [{ method: 'umap', minDistance: -1 }, 'minDistance must be in [0, 1]; received -1. Usual is 0.1.'],
    [{ steps: 0 }, 'steps must be a positive integer; received 0. Usual are 500.'],
  ])('%j', (options, message) => {
    expect(() => map(options)).toThrow(message);
  });

  test('features with NaN, and too few of them', () => {
    expect(() => map({}, matrix([1, NaN], 1))).toThrow(
      'features must be finite numbers; received NaN in row 1.',
    );
    expect(() => map({}, matrix([1, 2], 1))).toThrow('features must be of 4 rows or more; received 2.');
  });
});
