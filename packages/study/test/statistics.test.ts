import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareVariants } from '../src/measure.js';
import { resolveStudy } from '../src/resolve-study.js';
import {
  areApart,
  judge,
  judgeTogether,
  type Judgment,
  studentTQuantile,
  summarize,
} from '../src/statistics.js';

interface Fixture {
  quantiles: { probability: number; freedom: number; t: number }[];
  means: { values: number[]; mean: number; deviation: number; low: number; high: number }[];
  paired: { better: number[]; worse: number[]; low: number; high: number };
  rising: { values: number[][]; slopes: number[]; low: number; high: number };
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/statistics.json', import.meta.url), 'utf8'),
) as Fixture;

test('quantiles of t are those of scipy', () => {
  for (const { probability, freedom, t } of fixture.quantiles) {
    expect(studentTQuantile(probability, freedom) / t).toBeCloseTo(1, 9);
  }
});

test('bad probabilities and freedoms are refused', () => {
  expect(() => studentTQuantile(0.5, 3)).toThrow(
    'probability must be above 0.5 and below 1; received 0.5. Use 0.975 for a 95 % interval.',
  );
  expect(() => studentTQuantile(0.975, 0)).toThrow(
    'freedom must be a positive integer; received 0. It is the number of values less one.',
  );
});

test('mean, deviation and interval are those of scipy', () => {
  for (const { values, mean, deviation, low, high } of fixture.means) {
    const found = summarize(values);
    expect(found.mean).toBeCloseTo(mean, 12);
    expect(found.deviation).toBeCloseTo(deviation, 12);
    expect(found.interval!.low).toBeCloseTo(low, 9);
    expect(found.interval!.high).toBeCloseTo(high, 9);
  }
  expect(summarize([0.4])).toEqual({ count: 1, mean: 0.4, deviation: null, interval: null });
});

test('intervals are apart where they share nothing', () => {
  expect(areApart({ low: 0, high: 1 }, { low: 1.1, high: 2 })).toBe(true);
  expect(areApart({ low: 1.1, high: 2 }, { low: 0, high: 1 })).toBe(true);
  expect(areApart({ low: 0, high: 1 }, { low: 1, high: 2 })).toBe(false);
  expect(areApart(null, { low: 1, high: 2 })).toBe(false);
});

/** A table with one metric, whose values are given by variant and seed. */
function placeOf(values: Readonly<Record<string, readonly number[]>>, compare: unknown) {
  const names = Object.keys(values);
  const study = resolveStudy({
    base: {},
    variants: Object.fromEntries(
      names.map((name) => [name, { label: name.toUpperCase(), seeds: values[name]!.map((_, seed) => seed) }]),
    ),
    evaluations: { probe: {} },
    tables: [
      {
        id: 'table',
        title: 'A table',
        rows: names,
        metrics: [
          { id: 'top1', title: 'top-1', path: 'probe.top1' },
          { id: 'half', title: 'half', path: 'probe.half' },
        ],
        claims: [{ text: 'a claim', compare: [compare] }],
      },
    ],
  });
  const [table] = study.tables;
  const place = {
    study,
    table: table!,
    figures: (variant: string, seed: number) => {
      const top1 = values[variant]![seed];
      return top1 === undefined ? {} : { probe: { top1, half: top1 / 2 } };
    },
  };
  return compareVariants(table!.claims[0]!.compare[0]!, place);
}

test('a paired difference has the interval of scipy', () => {
  const { better, worse, low, high } = fixture.paired;
  const found = placeOf({ m3ae: better, mae: worse }, { better: 'm3ae', worse: 'mae', metric: 'top1' });
  expect(found.text).toBe('M3AE − MAE, top-1');
  expect(found.difference!.interval!.low).toBeCloseTo(low, 9);
  expect(found.difference!.interval!.high).toBeCloseTo(high, 9);
});

test('a rise is the mean slope of least squares by seed', () => {
  const { values, slopes, low, high } = fixture.rising;
  const bySeed = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name, at) => [name, values.map((row) => row[at]!)]),
  );
  const found = placeOf(bySeed, { rising: ['a', 'b', 'c', 'd'], metric: 'top1' });
  found.seeds.forEach(({ value }, seed) => expect(value).toBeCloseTo(slopes[seed]!, 12));
  expect(found.difference!.interval!.low).toBeCloseTo(low, 9);
  expect(found.difference!.interval!.high).toBeCloseTo(high, 9);
});

test('only seeds that both sides have are paired; another metric and a factor may be asked for', () => {
  const values = { a: [0.5, 0.6, 0.7], b: [0.1, 0.2] };
  expect(placeOf(values, { better: 'a', worse: 'b', metric: 'top1' }).seeds).toEqual([
    { seed: 0, value: 0.4 },
    { seed: 1, value: 0.39999999999999997 },
  ]);
  const twice = placeOf(values, {
    better: 'a',
    worse: { variant: 'a', metric: 'half', times: 2 },
    metric: 'top1',
  });
  expect(twice.text).toBe('A, top-1 − 2 × A, half');
  expect(twice.seeds.map(({ value }) => value)).toEqual([0, 0, 0]);
});

describe('verdicts', () => {
  const summary = (mean: number, low: number, high: number, count = 3) => ({
    count,
    mean,
    deviation: 0.01,
    interval: { low, high },
  });
  test.each([
    ['all of the interval reaches the threshold', summary(0.07, 0.05, 0.09), 'holds', 'firmly'],
    ['the mean reaches it and all lies above 0', summary(0.05, 0.001, 0.1), 'holds', 'on average'],
    ['the mean reaches it, yet 0 is possible', summary(0.06, 0, 0.12), 'cannot be told', null],
    ['ahead, yet the threshold stays possible', summary(0.04, 0.02, 0.06), 'cannot be told', null],
    ['all lies below the threshold, though above 0', summary(0.02, 0.01, 0.03), 'does not hold', null],
    ['all lies below 0', summary(-0.02, -0.03, -0.01), 'does not hold', null],
    ['two seeds decide nothing', summary(0.07, 0.06, 0.08, 2), 'cannot be told', null],
  ] as const)('%s', (_, difference, verdict, level) => {
    expect(judge(difference, 0.05)).toEqual({ verdict, level });
  });
  test('one seed has no interval and decides nothing', () => {
    expect(judge(summarize([1]), 0)).toEqual({ verdict: 'cannot be told', level: null });
  });

  const firm: Judgment = { verdict: 'holds', level: 'firmly' };
  const mean: Judgment = { verdict: 'holds', level: 'on average' };
  const not: Judgment = { verdict: 'does not hold', level: null };
  const open: Judgment = { verdict: 'cannot be told', level: null };
  test.each([
    ['all', [firm, firm], firm],
    ['all', [firm, mean], mean],
    ['all', [firm, open], open],
    ['all', [open, not], not],
    ['most', [firm, mean, not], mean],
    ['most', [firm, firm, open, open], open],
    ['most', [firm, firm, open, not], open],
    ['most', [firm, firm, not, not], not],
    ['most', [firm, open, not], open],
    ['most', [not, not, open], not],
    ['all', [], open],
  ] as const)('together, %s of them: %j', (rule, judgments, together) => {
    expect(judgeTogether(judgments, rule)).toEqual(together);
  });
});
