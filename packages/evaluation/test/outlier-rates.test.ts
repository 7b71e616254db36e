import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aucRoc, aucRocInterval, averagePrecision, fprAt, outlierReport } from '../src/outliers.js';

// Written by fixtures/make-outliers.py with scikit-learn.
const { rates } = JSON.parse(readFileSync(new URL('./fixtures/outliers.json', import.meta.url), 'utf8')) as {
  rates: {
    name: string;
    in: number[];
    out: number[];
    auroc: number;
    interval: [number, number];
    aupr: number;
    auprIn: number;
    fpr95: number;
    fpr80: number;
    fpr95out: number;
  }[];
};

describe.each(rates)('$name', (fixture) => {
  test('the rates are those of scikit-learn', () => {
    expect(aucRoc(fixture.in, fixture.out)).toBeCloseTo(fixture.auroc, 12);
    expect(averagePrecision(fixture.in, fixture.out)).toBeCloseTo(fixture.aupr, 12);
    expect(averagePrecision(fixture.in, fixture.out, 'in')).toBeCloseTo(fixture.auprIn, 12);
    expect(fprAt(0.95, fixture.in, fixture.out)).toBeCloseTo(fixture.fpr95, 12);
    expect(fprAt(0.8, fixture.in, fixture.out)).toBeCloseTo(fixture.fpr80, 12);
    expect(fprAt(0.95, fixture.in, fixture.out, 'out')).toBeCloseTo(fixture.fpr95out, 12);
  });

  test('the interval is that of DeLong, from every pair', () => {
    const { value, low, high } = aucRocInterval(fixture.in, fixture.out);
    expect(value).toBeCloseTo(fixture.auroc, 12);
    expect([low, high].map((end) => end.toFixed(10))).toEqual(fixture.interval.map((end) => end.toFixed(10)));
  });
});

/** Few distinct values, so that ties are many; a set is never empty. */
const someScores = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 12 });

/** Share of pairs that are in the right order, by looking at every pair. */
function pairsInOrder(scoresIn: number[], scoresOut: number[]): number {
  let right = 0;
  for (const a of scoresIn) for (const b of scoresOut) right += b > a ? 1 : b === a ? 0.5 : 0;
  return right / (scoresIn.length * scoresOut.length);
}

const countFrom = (scores: number[], threshold: number) =>
  scores.filter((score) => score >= threshold).length;

test('AUROC is the share of pairs in the right order', () => {
  fc.assert(
    fc.property(someScores, someScores, (scoresIn, scoresOut) => {
      expect(aucRoc(scoresIn, scoresOut)).toBeCloseTo(pairsInOrder(scoresIn, scoresOut), 12);
      expect(aucRoc(scoresIn, scoresOut) + aucRoc(scoresOut, scoresIn)).toBeCloseTo(1, 12);
    }),
  );
});

test('AUROC takes only the order of the scores', () => {
  fc.assert(
    fc.property(someScores, someScores, (scoresIn, scoresOut) => {
      const bent = (scores: number[]) => scores.map((score) => Math.exp(score) - 7);
      expect(aucRoc(bent(scoresIn), bent(scoresOut))).toBe(aucRoc(scoresIn, scoresOut));
    }),
  );
});

test('average precision is the mean precision at the outliers, over every threshold', () => {
  fc.assert(
    fc.property(someScores, someScores, (scoresIn, scoresOut) => {
      // At each outlier, the precision where all scores as high as its own are accepted.
      const precisions = scoresOut.map((score) => {
        const found = countFrom(scoresOut, score);
        return found / (found + countFrom(scoresIn, score));
      });
      const mean = precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
      expect(averagePrecision(scoresIn, scoresOut)).toBeCloseTo(mean, 12);
      const negate = (scores: number[]) => scores.map((score) => -score);
      expect(averagePrecision(negate(scoresOut), negate(scoresIn), 'in')).toBeCloseTo(mean, 12);
    }),
  );
});

test('the false-positive rate is the least over all thresholds that reach the share', () => {
  const shares = fc.constantFrom(0.2, 0.5, 0.75, 0.95, 1);
  fc.assert(
    fc.property(someScores, someScores, shares, (scoresIn, scoresOut, share) => {
      const rates = scoresOut
        .concat(scoresIn)
        .filter((threshold) => countFrom(scoresOut, threshold) / scoresOut.length >= share)
        .map((threshold) => countFrom(scoresIn, threshold) / scoresIn.length);
      expect(fprAt(share, scoresIn, scoresOut, 'out')).toBe(Math.min(...rates));
    }),
  );
});

test('the interval holds the value and narrows with the number of scores', () => {
  fc.assert(
    fc.property(someScores, someScores, (scoresIn, scoresOut) => {
      const { value, low, high } = aucRocInterval(scoresIn, scoresOut);
      expect(low).toBeLessThanOrEqual(value + 1e-12);
      expect(high).toBeGreaterThanOrEqual(value - 1e-12);
      const ninefold = (scores: number[]) => new Array<number[]>(9).fill(scores).flat();
      const narrow = aucRocInterval(ninefold(scoresIn), ninefold(scoresOut));
      expect(narrow.high - narrow.low).toBeLessThan(high - low);
    }),
  );
});

test('sets that are wholly apart still have an interval, and one score tells nothing', () => {
  // statsmodels.stats.proportion.proportion_confint(20, 20, method='wilson')
  const below = Array.from({ length: 30 }, (_, i) => i);
  const above = Array.from({ length: 20 }, (_, i) => 100 + i);
  const { value, low, high } = aucRocInterval(below, above);
  expect([value, high]).toEqual([1, 1]);
  expect(low).toBeCloseTo(0.8388748, 6);
  expect(aucRocInterval([0], above)).toEqual({ value: 1, low: 0, high: 1 });
});

test('the report measures every score on every set of outliers', () => {
  const [first, second] = rates as [(typeof rates)[0], (typeof rates)[0]];
  const report = outlierReport(
    {
      energy: { unseen: first.in, logos: first.out, flags: second.out },
      knn: { unseen: [1, 2], logos: [0] },
    },
    'unseen',
  );
  expect(Object.keys(report.energy!)).toEqual(['logos', 'flags']);
  expect(report.energy!.logos).toMatchObject({ fpr95: first.fpr95, auroc: expect.closeTo(first.auroc, 12) });
  expect(report.energy!.logos!.aupr).toBeCloseTo(first.aupr, 12);
  expect(report.energy!.logos!.auprIn).toBeCloseTo(first.auprIn, 12);
  expect(report.energy!.logos!.low).toBeCloseTo(first.interval[0], 10);
  expect(report.knn!.logos).toMatchObject({ auroc: 0, fpr95: 1, low: 0, high: 1 });
});

describe('bad input', () => {
  test.each([
    [[], [1], 'scoresIn must be at least one score; received none. Check the filter or the split'],
    [[1], [], 'scoresOut must be at least one score; received none.'],
    [[1, NaN], [1], 'scoresIn must be finite numbers; received NaN at place 1. Look for a diverged model'],
    [[1], [Infinity], 'scoresOut must be finite numbers; received Infinity at place 0.'],
  ])('%j against %j', (scoresIn, scoresOut, message) => {
    for (const measure of [aucRoc, aucRocInterval, averagePrecision])
      expect(() => measure(scoresIn, scoresOut)).toThrow(message);
    expect(() => fprAt(0.95, scoresIn, scoresOut)).toThrow(message);
  });

  test('both sets are named at once', () => {
    expect(() => aucRoc([], [NaN])).toThrow(/scoresIn must.*\nscoresOut must/s);
  });

  test('a share in percent, and a word that is neither set', () => {
    expect(() => fprAt(95, [1], [2])).toThrow('share must be in (0, 1]; received 95. Write 95 % as 0.95.');
    expect(() => averagePrecision([1], [2], 'outs' as 'out')).toThrow(
      'positive must be in or out; received outs. Did you mean out?',
    );
  });

  test('a report names a missing set with the nearest, and every empty set', () => {
    expect(() => outlierReport({ energy: { unseen: [1], logos: [] } }, 'unsen')).toThrow(
      'inSet must be a set of energy; received unsen. Did you mean unseen?\n' +
        'scores.energy.logos must be at least one score; received none.',
    );
  });
});
