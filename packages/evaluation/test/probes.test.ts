import { createRunner } from '@m3ae/compile';
import { readFileSync } from 'node:fs';
import { key, normal } from '@m3ae/random';
import { expect, test } from 'vitest';
import { columnStatistics, standardize, invertPositive } from '../src/matrix.js';
import { argmaxRows } from '../src/classification/accuracy.js';
import { type Matrix } from '../src/index.js';
import { accuracy } from '../src/classification.js';
import {
  linearEngine,
  linearProbe,
  linearScores,
  logisticProblem,
  minimize,
  nearestNeighbors,
  neighborProbe,
  solveLogistic,
  weightedVote,
} from '../src/probe.js';
import { plainProduct } from './plain-product.js';

// Written by fixtures/make-probes.py with scikit-learn.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/probes.json', import.meta.url), 'utf8')) as {
  classes: number;
  features: number;
  train: number[];
  labels: number[];
  test: number[];
  testLabels: number[];
  logistic: { strength: number; logProbabilities: number[]; accuracy: number }[];
  neighbors: { count: number; indices: number[]; similarities: number[]; votes: number[] };
};
const matrix = (values: number[], columns: number): Matrix => ({
  rows: values.length / columns,
  columns,
  data: Float32Array.from(values),
});
const train = matrix(fixture.train, fixture.features);
const queries = matrix(fixture.test, fixture.features);

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Math.max(...Array.from(actual, (value, i) => Math.abs(value - expected[i]!)));
}

/** Logarithms of the softmax of each row, by the definition. */
function logSoftmax({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const scores = Array.from(data.subarray(row * columns, (row + 1) * columns));
    const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    return scores.map((score) => score - total);
  }).flat();
}

const linear = linearEngine(createRunner({ engine: 'eager:cpu' }));
const tight = { tolerance: 1e-7, maxIterations: 1000 };

test.each(fixture.logistic)(
  'logistic regression of strength $strength is that of scikit-learn',
  async ({ strength, logProbabilities, accuracy: share }) => {
    const problem = logisticProblem(train, fixture.labels, fixture.classes, linear);
    const classifier = await solveLogistic(problem, strength, undefined, tight);
    const scores = await linearScores(classifier, queries, linear);
    expect(largestDifference(logSoftmax(scores), logProbabilities)).toBeLessThan(2e-4);
    expect(accuracy(argmaxRows(scores), fixture.testLabels).value).toBeCloseTo(share, 10);
  },
);

test('a classifier of a nearby penalty is a good beginning and changes nothing', async () => {
  const problem = logisticProblem(train, fixture.labels, fixture.classes, linear);
  const first = await solveLogistic(problem, 0.3, undefined, tight);
  const warm = await solveLogistic(problem, 0.03, first, tight);
  const cold = await solveLogistic(problem, 0.03, undefined, tight);
  expect(largestDifference(warm.weights.data, cold.weights.data)).toBeLessThan(1e-3);
});

test('L-BFGS finds the least of a valley that bends', async () => {
  // Rosenbrock's function: the least value is 0 at (1, 1).
  const slope = async ([x, y]: Float64Array) => ({
    value: (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
    gradient: Float64Array.of(-2 * (1 - x!) - 400 * x! * (y! - x! ** 2), 200 * (y! - x! ** 2)),
  });
  const [x, y] = await minimize(slope, Float64Array.of(-1.2, 1), { tolerance: 1e-8, maxIterations: 200 });
  expect(x).toBeCloseTo(1, 6);
  expect(y).toBeCloseTo(1, 6);
});

test('the nearest rows and their vote are those of scikit-learn', async () => {
  const { count, indices, similarities, votes } = fixture.neighbors;
  const found = await nearestNeighbors(train, queries, count, plainProduct);
  expect([...found.indices]).toEqual(indices);
  expect(largestDifference(found.similarities, similarities)).toBeLessThan(1e-5);
  expect([...weightedVote(found, fixture.labels, fixture.classes, count)]).toEqual(votes);
});

test('queries in blocks find the same', async () => {
  const whole = await nearestNeighbors(train, queries, 4, plainProduct);
  const blocks = await nearestNeighbors(train, queries, 4, plainProduct, {
    mostSimilarities: 3 * train.rows,
  });
  expect(blocks).toEqual(whole);
});

test('the inverse of a positive matrix, and a refusal of another', () => {
  const size = 5;
  const root = normal(key(0), size * size);
  const at = (row: number, column: number) => row * size + column;
  const positive = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      for (let k = 0; k < size; k++) positive[at(i, j)]! += root[at(i, k)]! * root[at(j, k)]!;
  const inverse = invertPositive(positive, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += positive[at(i, k)]! * inverse[at(k, j)]!;
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 9);
    }
  }
  expect(() => invertPositive(Float64Array.of(1, 2, 2, 1), 2)).toThrow('matrix must be positive definite');
});

test('correlated features take few evaluations', async () => {
  // Every column is a sum of all sources, of which each is weaker than the one before.
  const [rows, columns] = [200, 20];
  const [sources, mixing] = [normal(key(1), rows * columns), normal(key(2), columns * columns)];
  const data = Float32Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    let sum = 0;
    for (let k = 0; k < columns; k++)
      sum += (sources[row * columns + k]! * mixing[k * columns + column]!) / (1 + k) ** 2;
    return sum;
  });
  const labels = Int32Array.from({ length: rows }, (_, row) => Number(sources[row * columns + 9]! > 0));
  let calls = 0;
  const gradient = {
    ...linear.gradient,
    run: async (...args: readonly unknown[]) => {
      calls++;
      return linear.gradient.run(...args);
    },
  };
  const problem = logisticProblem({ rows, columns, data }, labels, 2, { ...linear, gradient });
  await solveLogistic(problem, 1e-3);
  expect(calls).toBeLessThan(15); // more without the preconditioner
});

test('the interval of an accuracy is that of Wilson', () => {
  // statsmodels.stats.proportion.proportion_confint(30, 100, method='wilson')
  const { value, low, high } = accuracy(
    Array.from({ length: 100 }, (_, i) => (i < 30 ? 1 : 0)),
    new Array<number>(100).fill(1),
  );
  expect([value, low, high].map((share) => Number(share.toFixed(4)))).toEqual([0.3, 0.2189, 0.3958]);
  expect(accuracy([], [])).toEqual({ value: 0, low: 0, high: 1, count: 0 });
});

test('settings are chosen on the validation part, never on the test', async () => {
  const part = { features: train, labels: Int32Array.from(fixture.labels) };
  const statistics = columnStatistics(train);
  const of = (features: Matrix) => standardize(features, statistics);
  const found = await nearestNeighbors(of(train), of(queries), 4, plainProduct);
  const answers = (votes: number) => ({
    features: queries,
    labels: weightedVote(found, fixture.labels, fixture.classes, votes),
  });
  // The validation labels are what one setting answers, the test labels what the other does.
  for (const [right, other] of [
    [1, 4],
    [4, 1],
  ] as const) {
    const parts = { train: part, validation: answers(right), tests: { hidden: answers(other) } };
    const result = await neighborProbe(parts, fixture.classes, [1, 4], plainProduct);
    expect(result.chosen).toBe(right);
    expect(result.validation.value).toBe(1);
    expect(result.tests.hidden!.top1.value).toBeLessThan(1);
  }
  const hidden = { features: queries, labels: Int32Array.from(fixture.testLabels) };
  const best = await linearProbe(
    { train: part, validation: part, tests: { hidden } },
    fixture.classes,
    [10, 0.001],
    linear,
  );
  expect(best.chosen).toBe(0.001);
  expect(best.tests.hidden!.top1.value).toBeGreaterThan(0.3);
});

test('after two settings that are worse the rest is left untried', async () => {
  const part = { features: train, labels: Int32Array.from(fixture.labels) };
  const found = await neighborProbe(
    { train: part, validation: part, tests: {} },
    fixture.classes,
    [1, 30, 40, 2],
    plainProduct,
  );
  expect(found.chosen).toBe(1);
});
