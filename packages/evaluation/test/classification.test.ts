import { readFileSync } from 'node:fs';
import { key } from '@m3ae/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argmaxRows } from '../src/classification/accuracy.js';
import type { Matrix } from '../src/index.js';
import {
  accuracy,
  bootstrapInterval,
  classificationReport,
  confusionMatrix,
  perClassTable,
  shareOf,
  topKAccuracy,
} from '../src/classification.js';

// Written by fixtures/make-classification.py with scikit-learn and scipy.
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/classification.json', import.meta.url), 'utf8'),
) as {
  classes: number;
  scores: number[];
  labels: number[];
  predicted: number[];
  topK: Record<string, number>;
  confusion: number[];
  precision: number[];
  recall: number[];
  f1: number[];
  support: number[];
  bootstrap: [number, number];
};
const { labels, classes } = fixture;
const scores: Matrix = { rows: labels.length, columns: classes, data: Float32Array.from(fixture.scores) };

test.each([1, 2, 5])('top-%d is that of scikit-learn', (k) => {
  expect(topKAccuracy(scores, labels, k).value).toBeCloseTo(fixture.topK[k]!, 12);
});

test('a share of 40 of 100 has the Wilson interval of a textbook, and none below 0 or above 1', () => {
  // Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion: p = 0.4, n = 100.
  expect(shareOf(40, 100).low).toBeCloseTo(0.3094, 4);
  expect(shareOf(40, 100).high).toBeCloseTo(0.498, 4);
  expect(shareOf(0, 5).low).toBeCloseTo(0, 12);
  expect(shareOf(5, 5).high).toBeCloseTo(1, 12);
});

test('the confusion matrix and the table by class are those of scikit-learn', () => {
  expect([...confusionMatrix(fixture.predicted, labels, classes).counts]).toEqual(fixture.confusion);
  const table = perClassTable(argmaxRows(scores), labels, classes);
  expect(table.map(({ recall }) => recall.count)).toEqual(fixture.support);
  table.forEach(({ label, name, recall, precision, f1 }, at) => {
    expect([label, name]).toEqual([at, String(at)]);
    expect(recall.value).toBeCloseTo(fixture.recall[at]!, 12);
    expect(precision).toBeCloseTo(fixture.precision[at]!, 12);
    expect(f1).toBeCloseTo(fixture.f1[at]!, 12);
  });
});

test('a report holds all of it, with the names of the classes', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const report = classificationReport(scores, labels, names, { key: key(0) });
  expect([...report.predicted]).toEqual(fixture.predicted);
  expect(report.top1).toEqual(accuracy(fixture.predicted, labels));
  expect(report.top5.value).toBeCloseTo(fixture.topK['5']!, 12);
  expect(report.perClass.map(({ name }) => name)).toEqual(names);
  expect([...report.confusion.counts]).toEqual(fixture.confusion);
  expect(report.bootstrap!.value).toBeCloseTo(report.top1.value, 12);
  expect(classificationReport(scores, labels)).not.toHaveProperty('bootstrap');
});

test('of equal scores the lower class comes first; a score of -Infinity is never named', () => {
  const equal: Matrix = { rows: 1, columns: 3, data: Float32Array.of(1, 1, -Infinity) };
  expect([0, 1, 2].map((label) => topKAccuracy(equal, [label], 1).value)).toEqual([1, 0, 0]);
  expect([0, 1, 2].map((label) => topKAccuracy(equal, [label], 3).value)).toEqual([1, 1, 0]);
});

test('top-k by sorting each row', () => {
  const draws = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 6, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(draws, fc.integer({ min: 1, max: 7 }), fc.nat(5), (rows, k, label) => {
      const matrix = { rows: rows.length, columns: 6, data: Float32Array.from(rows.flat()) };
      const right = rows.filter((row) => {
        const order = row.map((score, at) => [score, at] as const).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
        return order.slice(0, k).some(([, at]) => at === label);
      });
      const share = topKAccuracy(
        matrix,
        rows.map(() => label),
        k,
      ).value;
      expect(share).toBeCloseTo(right.length / rows.length, 12);
    }),
  );
});

describe('bootstrap', () => {
  const right = labels.map((label, row) => Number(fixture.predicted[row] === label));

  test('the interval of an accuracy is that of scipy', () => {
    const { value, low, high } = bootstrapInterval(right, key(1), { resamples: 5000 });
    expect(value).toBeCloseTo(fixture.topK['1']!, 12);
    expect(Math.abs(low - fixture.bootstrap[0])).toBeLessThan(0.02); // one example is 0.0167
    expect(Math.abs(high - fixture.bootstrap[1])).toBeLessThan(0.02);
  });

  test('one key gives one interval; a lower level a narrower one; a statistic may be chosen', () => {
    const wide = bootstrapInterval(right, key(1));
    expect(bootstrapInterval(right, key(1))).toEqual(wide);
    expect(bootstrapInterval(right, key(2))).not.toEqual(wide);
    const narrow = bootstrapInterval(right, key(1), { level: 0.5 });
    expect(narrow.low).toBeGreaterThan(wide.low);
    expect(narrow.high).toBeLessThan(wide.high);
    const most = bootstrapInterval([1, 2, 3], key(0), { statistic: (sample) => Math.max(...sample) });
    expect([most.value, most.high]).toEqual([3, 3]);
    expect(bootstrapInterval([2, 2], key(0))).toEqual({ value: 2, low: 2, high: 2 });
  });

  test('bad input is refused, all at once', () => {
    expect(() => bootstrapInterval([], key(0), { resamples: 0, level: 95 })).toThrow(
      'values must be at least one number; received none. Measure an example first.\n' +
        'resamples must be a positive integer; received 0. Usual are 1000.\n' +
        'level must be between 0 and 1; received 95. Write 95 % as 0.95.',
    );
    expect(() => bootstrapInterval([1, NaN], key(0))).toThrow('values must be finite numbers');
  });
});

test('what does not fit is refused', () => {
  expect(() => topKAccuracy(scores, labels, 0)).toThrow(
    'k must be a positive integer; received 0. Pass 1 or 5.',
  );
  expect(() => topKAccuracy(scores, [1], 1)).toThrow(
    'labels must be one class for each of 60 rows of scores; received 1.',
  );
  expect(() => accuracy([1, 2], [1])).toThrow(
    'predicted must be one class for each of 1 labels; received 2.',
  );
  expect(() => confusionMatrix([0, 3], [0, 1], 3)).toThrow(
    'predicted must be whole numbers from 0 to 2; received 3 in row 1.',
  );
  expect(() => confusionMatrix([], [], 0)).toThrow(
    'classes must be a positive number, or names; received 0.',
  );
});
