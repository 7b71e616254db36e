import { createRunner } from '@m3ae/compile';
import { describe, expect, test } from 'vitest';
import { checkFeatures, checkLabeled, checkLabels, type LabeledFeatures, type Matrix } from '../src/index.js';
import { linearEngine, linearProbe, nearestNeighbors, neighborProbe } from '../src/probe.js';
import { plainProduct } from './plain-product.js';

const matrix = (columns: number, ...data: number[]): Matrix => ({
  rows: data.length / columns,
  columns,
  data: Float32Array.from(data),
});
const good: LabeledFeatures = { features: matrix(2, 0, 1, 2, 3, 4, 5), labels: Int32Array.of(0, 1, 1) };

test('good features and labels pass', () => {
  expect(() => checkFeatures('features', good.features)).not.toThrow();
  expect(() => checkLabels('labels', good.labels, { rows: 3, classes: ['a', 'b', 'never'] })).not.toThrow();
  expect(() => checkLabeled({ train: good, validation: good }, { classes: 2 })).not.toThrow();
});

describe('features', () => {
  test.each([
    [
      matrix(2),
      'train.features must be a matrix of at least one row and one column; received [0, 2]. ' +
        'Check the filter or the split that chose the examples.',
    ],
    [
      matrix(2, 1, 2, NaN, 4, 5, 6, 7, Infinity),
      'train.features must be finite numbers; received NaN in row 1 and 1 more. ' +
        'Look for a diverged model or an unreadable picture.',
    ],
    [
      { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3) },
      'train.features must be of rows x columns = 4 numbers; received 3. Write the matrix row by row.',
    ],
  ])('%#', (features, message) => {
    expect(() => checkFeatures('train.features', features)).toThrow(message);
  });
});

describe('labels', () => {
  test.each([
    [
      undefined,
      { rows: 3, classes: 2 },
      'labels must be given; received none. Name the class of each example, or use a data set that has classes.',
    ],
    [
      [],
      { rows: 3, classes: 2 },
      'labels must be given; received none. Name the class of each example, or use a data set that has classes.',
    ],
    [
      [0, 1],
      { rows: 3, classes: 2 },
      'labels must be one for each of 3 rows; received 2. Label the examples that were encoded.',
    ],
    [
      [0, -1, 2],
      { rows: 3, classes: 2 },
      'labels must be whole numbers from 0 to 1; received -1 in row 1 and 1 more. ' +
        'Leave examples without a class out, and count classes from 0.',
    ],
    [
      [0, 0, 1],
      { rows: 3, classes: ['cat', 'dog', 'never'], atLeast: 2 },
      'labels must be at least 2 examples of each class; received 1 of class dog. ' +
        'Leave such classes out, or gather more examples.',
    ],
    [
      [0, 2, 1, 1],
      { classes: 3, atLeast: 2 },
      'labels must be at least 2 examples of each class; received 1 of class 0 and too few of 1 more. ' +
        'Leave such classes out, or gather more examples.',
    ],
  ])('%#', (labels, rules, message) => {
    expect(() => checkLabels('labels', labels, rules)).toThrow(message);
  });
});

describe('the probes name every fault of every part', () => {
  const bad = {
    train: { features: good.features, labels: Int32Array.of(0, 1, 7) },
    validation: { features: matrix(2, 1, NaN), labels: Int32Array.of(0) },
    tests: {
      empty: { features: matrix(2), labels: new Int32Array() },
      wide: { features: matrix(3, 1, 2, 3), labels: Int32Array.of(1) },
    },
  };
  const message = [
    'train.labels must be whole numbers from 0 to 1; received 7 in row 2. ' +
      'Leave examples without a class out, and count classes from 0.',
    'validation.features must be finite numbers; received NaN in row 0. ' +
      'Look for a diverged model or an unreadable picture.',
    'tests.empty.features must be a matrix of at least one row and one column; received [0, 2]. ' +
      'Check the filter or the split that chose the examples.',
    'tests.wide.features must be of 2 columns, as train.features; received 3. Encode all sets with one model.',
  ].join('\n');

  test('linear', async () => {
    const engine = linearEngine(createRunner({ engine: 'eager:cpu' }));
    await expect(linearProbe(bad, 2, [1], engine)).rejects.toThrow(message);
  });
  test('neighbors', async () => {
    await expect(neighborProbe(bad, 2, [1], plainProduct)).rejects.toThrow(message);
    const parts = { train: good, validation: good, tests: {} };
    await expect(neighborProbe(parts, 2, [], plainProduct)).rejects.toThrow(
      'counts must be a list of numbers of neighbors',
    );
    await expect(nearestNeighbors(good.features, matrix(3, 1, 2, 3), 1, plainProduct)).rejects.toThrow(
      'queries must be of 2 columns, as training; received 3. Encode both with one model.',
    );
    await expect(nearestNeighbors(good.features, good.features, 0, plainProduct)).rejects.toThrow(
      'count must be a positive integer; received 0. Usual are 1 to 50.',
    );
  });
});
