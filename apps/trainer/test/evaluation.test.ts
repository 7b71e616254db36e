import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accuracy, argmaxRows } from '../src/evaluation/accuracy.js';
import { choleskyInPlace, solveCholesky } from '../src/evaluation/cholesky.js';
import { type Matrix, plainProduct } from '../src/evaluation/matrix.js';
import { nearestNeighbours, weightedVote } from '../src/evaluation/neighbours.js';
import { pooledPixels, poolingOf } from '../src/evaluation/pixels.js';
import { neighbourProbe, ridgeProbe } from '../src/evaluation/probe.js';
import { columnStatistics, standardize } from '../src/evaluation/standardize.js';
import { ridgeProblem, ridgeScores, solveRidge } from '../src/evaluation/ridge.js';

// Written by fixtures/make-evaluation.py with scikit-learn.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/evaluation.json', import.meta.url), 'utf8')) as {
  classes: number;
  features: number;
  train: number[];
  labels: number[];
  test: number[];
  testLabels: number[];
  ridge: { strength: number; scores: number[]; accuracy: number }[];
  neighbours: { count: number; indices: number[]; similarities: number[]; votes: number[] };
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

test.each(fixture.ridge)(
  'ridge of strength $strength gives the scores of scikit-learn',
  async ({ strength, scores, accuracy: share }) => {
    const problem = await ridgeProblem(train, fixture.labels, fixture.classes, plainProduct);
    const mine = await ridgeScores(solveRidge(problem, strength), queries, plainProduct);
    expect(largestDifference(mine.data, scores)).toBeLessThan(2e-5);
    expect(accuracy(argmaxRows(mine), fixture.testLabels).value).toBeCloseTo(share, 10);
  },
);

test('the nearest rows and their vote are those of scikit-learn', async () => {
  const { count, indices, similarities, votes } = fixture.neighbours;
  const found = await nearestNeighbours(train, queries, count, plainProduct);
  expect([...found.indices]).toEqual(indices);
  expect(largestDifference(found.similarities, similarities)).toBeLessThan(1e-5);
  expect([...weightedVote(found, fixture.labels, fixture.classes, count)]).toEqual(votes);
});

test('Cholesky solves random positive definite systems', () => {
  const numbers = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(numbers, { minLength: 100, maxLength: 100 }),
      (size, values) => {
        // A = V Vᵀ + I, by the definition.
        const a = new Float64Array(size * size);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            for (let k = 0; k < size; k++) a[i * size + j]! += values[i * size + k]! * values[j * size + k]!;
          }
          a[i * size + i]! += 1;
        }
        const right = Float64Array.from(values.slice(0, size * 2));
        const solution = right.slice();
        const factor = a.slice();
        choleskyInPlace(factor, size);
        solveCholesky(factor, size, solution, 2);
        for (let i = 0; i < size; i++) {
          for (let column = 0; column < 2; column++) {
            let total = 0;
            for (let k = 0; k < size; k++) total += a[i * size + k]! * solution[k * 2 + column]!;
            expect(total).toBeCloseTo(right[i * 2 + column]!, 8);
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a matrix that is not positive definite is refused', () => {
  expect(() => choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toThrow(
    'matrix must be positive definite; pivot 1 is -3.',
  );
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
  const found = await nearestNeighbours(of(train), of(queries), 4, plainProduct);
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
    const result = await neighbourProbe(parts, fixture.classes, [1, 4], plainProduct);
    expect(result.chosen).toBe(right);
    expect(result.validation.value).toBe(1);
    expect(result.tests.hidden!.value).toBeLessThan(1);
  }
  const hidden = { features: queries, labels: Int32Array.from(fixture.testLabels) };
  const linear = await ridgeProbe(
    { train: part, validation: part, tests: { hidden } },
    fixture.classes,
    [10, 0.001],
    plainProduct,
  );
  expect(linear.chosen).toBe(0.001);
  expect(linear.tests.hidden!.value).toBeCloseTo(fixture.ridge[0]!.accuracy, 10);
});

test('pixels are averaged over the smallest square that makes few enough numbers', () => {
  expect(poolingOf(36, 8, 3)).toBe(2); // 48 px: 6,912 numbers become 1,728
  expect(poolingOf(16, 4, 3)).toBe(1);
  expect(poolingOf(256, 16, 3)).toBe(16);
  // One patch of 2 x 2 pixels in one channel is left alone; values stand for themselves.
  const patches = { shape: [1, 1, 4], data: Float32Array.of(1, 2, 3, 4) };
  expect([...pooledPixels(patches, 2, 1)]).toEqual([1, 2, 3, 4]);
  // 36 patches of 8 x 8 x 3, constant in each channel: averages are that constant.
  const data = Float32Array.from({ length: 36 * 192 }, (_, i) => i % 3);
  const pooled = pooledPixels({ shape: [1, 36, 192], data }, 8, 3);
  expect(pooled.length).toBe(1728);
  expect(pooled.every((value, i) => value === i % 3)).toBe(true);
});
