import { expect, test } from 'vitest';
import type { MetricsLine } from '@m3ae/logging';
import { type LoopParts, trainLoop } from '../src/index.js';
import { batches, begin, countingStep } from './fake-training.js';

type Change = Partial<LoopParts & Pick<LoopParts['training'], 'steps' | 'signal'>>;

/** A run whose state is the number of steps and whose loss is given; it notes what happens. */
function fakeRun(lossAt: (step: number) => number, { steps = 6, signal, ...change }: Change = {}) {
  const events: string[] = [];
  const lines: MetricsLine[] = [];
  const step = countingStep(lossAt);
  const parts: LoopParts = {
    training: { step, batches, from: begin, steps, signal, maxNonFinite: 2, clock: () => 0 },
    logEvery: 2,
    saveEvery: 3,
    stopRequested: () => false,
    onStep: (line, _seconds, log) => void (log && lines.push(line)),
    validate: async (now) => 10 - now.step,
    save: async (now, metric) =>
      void events.push(`save ${now.step} ${JSON.stringify(now.batches)} ${metric}`),
    ...change,
  };
  return { events, lines, run: () => trainLoop(parts) };
}

test('logs and saves at their steps, and always at the last', async () => {
  const { events, lines, run } = fakeRun((step) => 1 / step, { steps: 7 });
  const { snapshot, interrupted } = await run();
  expect(interrupted).toBe(false);
  expect(snapshot).toMatchObject({
    step: 7,
    nonFinite: { total: 0 },
    state: { params: { count: { data: Float32Array.of(7) } } },
  });
  expect(lines.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
  expect(lines[1]!.learningRate).toBeCloseTo(0.3); // of the 4th update: 3 were done before
  expect(events).toEqual(['save 3 {"step":3} 7', 'save 6 {"step":6} 4', 'save 7 {"step":7} 3']);
});

test('a stop saves after the step under way, without a validation', async () => {
  let asked = 0;
  const { events, run } = fakeRun(() => 1, { stopRequested: () => ++asked === 2 });
  const { interrupted, snapshot } = await run();
  expect([interrupted, snapshot.step]).toEqual([true, 2]);
  expect(events).toEqual(['save 2 {"step":2} undefined']);
});

test.each([
  [1, [], 0],
  [3, ['save 2 {"step":2} undefined'], 2],
  [4, ['save 3 {"step":3} 7'], 3],
])('a stop in the middle of step %d saves the last whole one, once', async (at, saves, step) => {
  const stop = new AbortController();
  const { events, run } = fakeRun(
    (count) => {
      if (count < at) return 1;
      stop.abort();
      throw stop.signal.reason;
    },
    { signal: stop.signal },
  );
  const { interrupted, snapshot } = await run();
  expect([interrupted, snapshot.step]).toEqual([true, step]);
  expect(events).toEqual(saves);
});

test('single losses that are not finite are counted and written as null', async () => {
  const { lines, run } = fakeRun((step) => (step === 2 || step === 4 ? NaN : 1));
  const { snapshot } = await run();
  expect(snapshot.nonFinite).toEqual({ total: 2, inRow: 0 });
  expect(lines.map(({ loss }) => loss)).toEqual([null, null, 1]);
});

test('too many of them in a row stop the run', async () => {
  const { run } = fakeRun((step) => (step >= 3 ? Infinity : 1), { divergedRemedy: 'Lower it.' });
  await expect(run()).rejects.toThrow(/2 steps in a row, up to step 4\. Lower it\.$/);
});

test('evaluates on its schedule, before the save of the same step', async () => {
  const { events, run } = fakeRun(() => 1, {
    evaluateEvery: 3,
    evaluate: async (now) => void order.push(`evaluate ${now.step}`),
    save: async (now) => void order.push(`save ${now.step}`),
    steps: 7,
  });
  const order = events;
  await run();
  expect(events).toEqual(['evaluate 3', 'save 3', 'evaluate 6', 'save 6', 'save 7']);
});
