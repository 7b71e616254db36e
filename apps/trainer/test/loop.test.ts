import { scalarArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { createFeed, type Fed } from '../src/run/feed.js';
import { type LoopParts, trainLoop } from '../src/run/loop.js';
import { freshCounters } from '../src/run/training-state.js';
import type { MetricsLine } from '../src/logs/line-file.js';

/** A run whose state is the number of steps and whose loss is given; it notes what happens. */
function fakeRun(lossAt: (step: number) => number, change: Partial<LoopParts> = {}) {
  const events: string[] = [];
  const lines: MetricsLine[] = [];
  const begin = async (step: number): Promise<Fed> => ({
    step,
    epoch: 0,
    batch: {},
    mixer: { step: step + 1 },
  });
  const parts: LoopParts = {
    step: async (state, batch) => {
      const count = (state.params as ReturnType<typeof scalarArray>).data[0]!;
      const params = scalarArray(count + 1);
      return {
        state: { params, optimizer: {} },
        metrics: { loss: scalarArray(lossAt(count + 1)), learningRate: batch.learningRate },
      };
    },
    schedule: (count) => count / 10,
    feed: createFeed(begin, { first: 0, last: change.totalSteps ?? 6, ahead: 2 }),
    totalSteps: 6,
    logEvery: 2,
    saveEvery: 3,
    maxNonFinite: 2,
    stopRequested: () => false,
    onStep: (line, _times, log) => void (log && lines.push(line)),
    validate: async ({ counters }) => 10 - counters.step,
    save: async ({ counters, mixer }, metric) =>
      void events.push(
        `save ${counters.step} ${JSON.stringify(mixer)} ${metric} best ${counters.best?.step}`,
      ),
    clock: () => 0,
    ...change,
  };
  const state = { params: scalarArray(0), optimizer: {} };
  return { events, lines, run: () => trainLoop(parts, { state, counters: freshCounters, mixer: null }) };
}

test('logs and saves at their steps, and always at the last', async () => {
  const { events, lines, run } = fakeRun((step) => 1 / step, { totalSteps: 7 });
  const { standing, interrupted } = await run();
  expect(interrupted).toBe(false);
  expect(standing.counters).toMatchObject({ step: 7, nonFinite: 0, best: { step: 7, loss: 3 } });
  expect(lines.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
  expect(lines[1]!.learningRate).toBeCloseTo(0.3); // of the 4th update: 3 were done before
  expect(events).toEqual([
    'save 3 {"step":3} 7 best 3',
    'save 6 {"step":6} 4 best 6',
    'save 7 {"step":7} 3 best 7',
  ]);
});

test('a stop saves after the step under way, without a validation', async () => {
  let asked = 0;
  const { events, run } = fakeRun(() => 1, { stopRequested: () => ++asked === 2 });
  const { interrupted, standing } = await run();
  expect([interrupted, standing.counters.step]).toEqual([true, 2]);
  expect(events).toEqual(['save 2 {"step":2} undefined best undefined']);
});

test('single losses that are not finite are counted and written as null', async () => {
  const { lines, run } = fakeRun((step) => (step === 2 || step === 4 ? NaN : 1));
  const { standing } = await run();
  expect(standing.counters).toMatchObject({ nonFinite: 2, nonFiniteInRow: 0 });
  expect(lines.map(({ loss }) => loss)).toEqual([null, null, 1]);
});

test('too many of them in a row stop the run', async () => {
  const { run } = fakeRun((step) => (step >= 3 ? Infinity : 1));
  await expect(run()).rejects.toThrow(
    'The loss must be finite; it was Infinity for 2 steps in a row, up to step 4. Lower optimizer.peakLearningRate,',
  );
});

test('a feed prepares ahead, in order, and no more than asked for', async () => {
  const begun: number[] = [];
  const feed = createFeed(
    async (step) => {
      begun.push(step);
      return { step, epoch: 0, batch: {}, mixer: null };
    },
    { first: 5, last: 9, ahead: 2 },
  );
  expect(begun).toEqual([]);
  expect((await feed.next()).step).toBe(5);
  expect(begun).toEqual([5, 6, 7]);
  for (const step of [6, 7, 8]) expect((await feed.next()).step).toBe(step);
  expect(begun).toEqual([5, 6, 7, 8]);
  await expect(feed.next()).rejects.toThrow('step must be below 9');
});

test('a batch that fails is thrown where it is awaited', async () => {
  const feed = createFeed(
    async (step) => {
      if (step === 1) throw new Error('broken batch');
      return { step, epoch: 0, batch: {}, mixer: null };
    },
    { first: 0, last: 3, ahead: 3 },
  );
  await feed.next();
  await expect(feed.next()).rejects.toThrow('broken batch');
});

test('evaluates on its schedule, before the save of the same step', async () => {
  const { events, run } = fakeRun(() => 1, {
    evaluateEvery: 3,
    evaluate: async ({ counters }) => void order.push(`evaluate ${counters.step}`),
    save: async ({ counters }) => void order.push(`save ${counters.step}`),
    totalSteps: 7,
  });
  const order = events;
  await run();
  expect(events).toEqual(['evaluate 3', 'save 3', 'evaluate 6', 'save 6', 'save 7']);
});
