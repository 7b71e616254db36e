import { createRunner } from '@m3ae/compile';
import { readFileSync } from 'node:fs';
import { key, normal } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { type Matrix, runnerProduct } from '../src/index.js';
import {
  energy,
  fitGaussians,
  mahalanobis,
  maximumSoftmax,
  neighborDistance,
  type OutlierMethod,
  outlierMethods,
  outlierReport,
  outlierScores,
  relativeMahalanobis,
} from '../src/outliers.js';
import { plainProduct } from './plain-product.js';

interface Distances {
  mahalanobis: number[];
  relativeMahalanobis: number[];
}
// Written by fixtures/make-outliers.py with scikit-learn, scipy and numpy.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/outliers.json', import.meta.url), 'utf8')) as {
  logits: {
    classes: number;
    values: number[];
    maximumSoftmax: number[];
    energy: number[];
    energy25: number[];
  };
  gaussians: Distances & {
    classes: number;
    columns: number;
    labels: number[];
    train: number[];
    queries: number[];
    ridged: Distances;
  };
  singular: Distances & { columns: number; train: number[]; queries: number[] };
  neighbors: { k: number; distances: number[]; first: number[] };
};
const matrix = (values: ArrayLike<number>, columns: number): Matrix => ({
  rows: values.length / columns,
  columns,
  data: Float32Array.from(values),
});
const { classes, columns } = fixture.gaussians;
const labels = Int32Array.from(fixture.gaussians.labels);
const train = matrix(fixture.gaussians.train, columns);
const queries = matrix(fixture.gaussians.queries, columns);
const logits = matrix(fixture.logits.values, fixture.logits.classes);

/** The largest difference relative to the size of the expected values. */
function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(
    ...Array.from(actual, (value, i) => Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!))),
  );
}

test('maximum softmax and energy are those of scipy', () => {
  expect(largestError(maximumSoftmax(logits), fixture.logits.maximumSoftmax)).toBeLessThan(1e-12);
  expect(largestError(energy(logits), fixture.logits.energy)).toBeLessThan(1e-12);
  expect(largestError(energy(logits, 2.5), fixture.logits.energy25)).toBeLessThan(1e-12);
});

test('very sure and very large logits are told apart and do not overflow', () => {
  const sure = matrix([80, 0, 90, 0, 1e30, 0], 2);
  const [a, b, c] = maximumSoftmax(sure) as unknown as [number, number, number];
  expect(a).toBeGreaterThan(b);
  expect(b).toBeGreaterThan(0);
  expect(c).toBe(0);
  expect(energy(sure)[2]).toBe(-Math.fround(1e30));
});

test('Mahalanobis distances, plain and relative, are those of scikit-learn', () => {
  const gaussians = fitGaussians(train, labels, classes);
  expect([gaussians.classes.ridge, gaussians.overall.ridge]).toEqual([0, 0]);
  expect(gaussians.classes.means).toHaveLength(3); // class 3 has no row
  expect(largestError(mahalanobis(gaussians, queries), fixture.gaussians.mahalanobis)).toBeLessThan(1e-9);
  expect(
    largestError(relativeMahalanobis(gaussians, queries), fixture.gaussians.relativeMahalanobis),
  ).toBeLessThan(1e-9);
});

test('a ridge is a share of the mean variance', () => {
  const gaussians = fitGaussians(train, labels, classes, { ridge: 0.01 });
  expect(gaussians.classes.ridge).toBeGreaterThan(0);
  const { ridged } = fixture.gaussians;
  expect(largestError(mahalanobis(gaussians, queries), ridged.mahalanobis)).toBeLessThan(1e-9);
  expect(largestError(relativeMahalanobis(gaussians, queries), ridged.relativeMahalanobis)).toBeLessThan(
    1e-9,
  );
});

test('a singular covariance gets the ridge of numpy, and says so', () => {
  const flat = matrix(fixture.singular.train, fixture.singular.columns);
  const gaussians = fitGaussians(flat, labels, classes);
  expect(gaussians.classes.ridge).toBeGreaterThan(0);
  expect(gaussians.overall.ridge).toBeGreaterThan(0);
  const unseen = matrix(fixture.singular.queries, fixture.singular.columns);
  // The direction that is flat has a variance of 1e-6 of the others, which costs six digits.
  expect(largestError(mahalanobis(gaussians, unseen), fixture.singular.mahalanobis)).toBeLessThan(1e-6);
  expect(
    largestError(relativeMahalanobis(gaussians, unseen), fixture.singular.relativeMahalanobis),
  ).toBeLessThan(1e-4);
});

test('Mahalanobis distance knows no scale, and features of a layer norm count as singular', () => {
  const scaled = (features: Matrix): Matrix => ({
    ...features,
    data: features.data.map((value, at) => value * 2 ** ((at % columns) * 4)), // exact in float32
  });
  const plain = mahalanobis(fitGaussians(train, labels, classes), queries);
  const large = mahalanobis(fitGaussians(scaled(train), labels, classes), scaled(queries));
  expect(largestError(large, plain)).toBeLessThan(1e-9);

  const [rows, width] = [300, 64];
  const noise = normal(key(0), rows * width);
  for (let row = 0; row < rows; row++) {
    const part = noise.subarray(row * width, (row + 1) * width);
    const mean = part.reduce((sum, value) => sum + value, 0) / width;
    for (let at = 0; at < width; at++) part[at]! -= mean;
  }
  const normalized = { rows, columns: width, data: noise };
  expect(fitGaussians(normalized, new Int32Array(rows), 1).classes.ridge).toBeGreaterThan(0);
});

test('the distance to the k-th neighbor is that of scikit-learn', async () => {
  const { k, distances, first } = fixture.neighbors;
  expect(largestError(await neighborDistance(train, queries, k, plainProduct), distances)).toBeLessThan(1e-9);
  expect(largestError(await neighborDistance(train, queries, 1, plainProduct), first)).toBeLessThan(1e-9);
});

test('many queries are compared in blocks, with the same result', async () => {
  const many = matrix(normal(key(1), 1100 * columns), columns);
  const product = runnerProduct(createRunner({ engine: 'eager:cpu' }));
  const all = await neighborDistance(train, many, 5, product.product);
  const last = { ...many, rows: 10, data: many.data.slice(1090 * columns) };
  expect(Array.from(all.slice(1090))).toEqual(
    Array.from(await neighborDistance(train, last, 5, plainProduct)),
  );
  await product.dispose();
});

test('a training row is at no distance from itself, and a row of zeros is like nothing', async () => {
  const self = await neighborDistance(train, train, 1, plainProduct);
  expect(Math.max(...self)).toBe(0);
  const nothing = matrix(new Array<number>(columns).fill(0), columns);
  expect([...(await neighborDistance(train, nothing, 3, plainProduct))]).toEqual([1]);
});

const options = { train: { features: train, labels }, classes, product: plainProduct };

test('every method scores what lies far off higher', async () => {
  const near = { features: { ...train, rows: 12, data: train.data.slice(0, 12 * columns) }, logits };
  const far = {
    features: matrix(normal(key(2), 12 * columns), columns),
    logits: matrix(
      logits.data.map((value) => value / 50),
      logits.columns,
    ),
  };
  const scores = await outlierScores({ near, far }, { ...options, neighbors: 5 });
  expect(Object.keys(scores)).toEqual([...outlierMethods]);
  expect(scores.mahalanobis!.far).toEqual(mahalanobis(fitGaussians(train, labels, classes), far.features));
  expect(scores.neighborDistance!.far).toEqual(await neighborDistance(train, far.features, 5, plainProduct));
  const report = outlierReport(scores, 'near');
  for (const method of outlierMethods) expect(report[method]!.far!.auroc, method).toBeGreaterThan(0.8);
});

test('without logits only the scores of features are made', async () => {
  const scores = await outlierScores(
    { near: { features: train, logits }, far: { features: queries } },
    options,
  );
  expect(Object.keys(scores)).toEqual(['mahalanobis', 'relativeMahalanobis', 'neighborDistance']);
  expect(scores.neighborDistance!.far).toEqual(await neighborDistance(train, queries, 50, plainProduct));
});

describe('bad input', () => {
  const broken = { ...queries, data: queries.data.map((value, at) => (at === 7 ? NaN : value)) };
  const empty = { rows: 0, columns, data: new Float32Array(0) };
  const gaussians = fitGaussians(train, labels, classes);

  test('features that are empty, not finite, or of another model', async () => {
    expect(() => mahalanobis(gaussians, broken)).toThrow(
      'features must be finite numbers; received NaN in row 1.',
    );
    expect(() => relativeMahalanobis(gaussians, empty)).toThrow(
      'features must be a matrix of at least one row',
    );
    expect(() => mahalanobis(gaussians, logits)).toThrow(
      'features must be of 6 columns, as those the Gaussians were fitted to; received 5. Encode both with one model.',
    );
    await expect(neighborDistance(train, logits, 51, plainProduct)).rejects.toThrow(
      'queries must be of 6 columns, as train; received 5. Encode both with one model.',
    );
    await expect(neighborDistance(train, queries, 82, plainProduct)).rejects.toThrow(
      'k must be a whole number from 1 to the 81 rows of train; received 82.',
    );
  });

  test('labels that are too few or out of range', () => {
    expect(() => fitGaussians(train, labels.subarray(1), classes)).toThrow(
      'labels must be one for each of 81 rows; received 80.',
    );
    expect(() => fitGaussians(train, labels, 2)).toThrow(
      'labels must be whole numbers from 0 to 1; received 2',
    );
  });

  test('a covariance that stays singular', () => {
    const flat = matrix(fixture.singular.train, fixture.singular.columns);
    expect(() => fitGaussians(flat, labels, classes, { ridge: 0 })).toThrow(
      'covariance of features within classes must be regular; received a singular matrix, ridge 0. ' +
        'Leave ridge out, or set it to 1e-6.',
    );
    const collapsed = { ...train, data: train.data.map((_, at) => at % columns) };
    expect(() => fitGaussians(collapsed, labels, classes)).toThrow(
      'received a singular matrix, ridge ifSingular. Its rows are the same: ' +
        'give classes more than one row each, and look for a collapsed model.',
    );
    const lone = { ...train, rows: 4, data: train.data.slice(0, 4 * columns) };
    expect(() => fitGaussians(lone, [0, 1, 2, 3], classes)).toThrow(
      /covariance of features within classes must be regular.*give classes more than one row each/,
    );
    expect(() => fitGaussians(train, labels, classes, { ridge: -1 })).toThrow(
      'ridge must be ifSingular or a number of at least 0; received -1. Leave it out.',
    );
  });

  test('logits of one class, and a temperature of 0', () => {
    expect(() => energy(matrix([1, 2], 1))).toThrow('logits must be of two classes or more; received 1.');
    expect(() => maximumSoftmax(matrix([1, NaN], 2))).toThrow('logits must be finite numbers');
    expect(() => energy(logits, 0)).toThrow(
      'temperature must be a number above 0; received 0. Leave it out for 1.',
    );
  });

  test('a method that is unknown or lacks its input', async () => {
    const sets = { near: { features: train } };
    await expect(
      outlierScores(sets, { ...options, methods: ['mahalanobi' as OutlierMethod, 'energy'] }),
    ).rejects.toThrow(
      /received mahalanobi\. Did you mean mahalanobis\?\nnear\.logits must be given for energy; received none\./,
    );
  });
});
