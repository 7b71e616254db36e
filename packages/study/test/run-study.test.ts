import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Experiment,
  jobPaths,
  planStudy,
  readRecords,
  refuseUnknownPaths,
  resolveStudy,
  runStudy,
  type StudyEvent,
  writeResults,
} from '../src/index.js';
import { toyExperiment, toyStudy } from './toy.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'm3ae-toy-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const everything = [0, 1, 2]
  .flatMap((seed) => ['m3ae', 'mae'].flatMap((name) => [`${name}-seed${seed}`, `${name}-seed${seed}.probe`]))
  .sort();

test('a study of a function of one number', async () => {
  // Gradient descent on x² from 1 + seed / 10: after ten steps x is that times (1 - 2 rate) ** 10.
  const study = resolveStudy({
    variants: { slow: { set: { rate: 0.1 } }, fast: { set: { rate: 0.3 } } },
    tables: [
      {
        id: 'rates',
        title: 'Loss after ten steps',
        rows: ['slow', 'fast'],
        metrics: [{ title: 'loss', path: 'run.loss', unit: '' }],
        claims: [
          {
            text: 'The larger rate ends lower.',
            compare: [{ better: 'slow', worse: 'fast', metric: 'loss' }],
          },
        ],
      },
    ],
  });
  const runJob: Experiment['runJob'] = (job, { onProgress }) => {
    let x = 1 + job.seed / 10;
    for (let step = 1; step <= 10; step++) {
      if (job.kind === 'run') x -= 2 * Number(job.set.rate) * x;
      onProgress({ step, total: 10, stepsPerSecond: 1 });
    }
    return { figures: { loss: x * x } };
  };
  const plan = planStudy(study, { runJob });
  expect(await runStudy(plan, { folder })).toEqual({ interrupted: false, failed: [], left: [] });
  const { results } = await writeResults(plan, { folder });
  const [slow, fast] = results.tables[0]!.rows.map((row) => row.cells.loss!);
  const loss = (rate: number, seed: number) => ((1 + seed / 10) * (1 - 2 * rate) ** 10) ** 2;
  const mean = (rate: number) => (loss(rate, 0) + loss(rate, 1) + loss(rate, 2)) / 3;
  expect(slow!.mean).toBeCloseTo(mean(0.1), 12);
  expect(fast!.mean).toBeCloseTo(mean(0.3), 12);
  expect(results.tables[0]!.claims[0]).toMatchObject({ verdict: 'holds', level: 'firmly' });
});

describe('a study of runs with evaluations', () => {
  test('does every job once, and then has nothing to do', async () => {
    const experiment = toyExperiment();
    const plan = planStudy(toyStudy(), experiment);
    await runStudy(plan, { folder });
    expect([...experiment.notes].sort()).toEqual(everything);
    await runStudy(plan, { folder });
    expect(experiment.notes).toHaveLength(12);
    expect(readRecords(folder, plan).done.size).toBe(12);
  });

  test('stopped, it begins no further job; the next call goes on', async () => {
    const stop = new AbortController();
    const stopping = toyExperiment(({ name }, { signal }) => {
      if (name !== 'm3ae-seed0.probe') return;
      stop.abort();
      signal.throwIfAborted();
    });
    const end = await runStudy(planStudy(toyStudy(), stopping), { folder, signal: stop.signal });
    expect(end).toMatchObject({ interrupted: true, failed: [] });
    expect(end.left.map(({ name }) => name)).toContain('m3ae-seed0.probe');
    const experiment = toyExperiment();
    await runStudy(planStudy(toyStudy(), experiment), { folder });
    const before = stopping.notes.filter((name) => name !== 'm3ae-seed0.probe');
    expect([...before, ...experiment.notes].sort()).toEqual(everything);
  });

  test('a run that fails stops no other; what waits for it is left, and is tried again', async () => {
    const failing = toyExperiment(({ name }) => {
      if (name === 'mae-seed1') throw new Error('it broke');
    });
    const events: StudyEvent[] = [];
    const end = await runStudy(planStudy(toyStudy(), failing), {
      folder,
      onEvent: (event) => events.push(event),
    });
    expect(end.failed.map(({ name }) => name)).toEqual(['mae-seed1']);
    expect(end.left.map(({ name }) => name)).toEqual(['mae-seed1.probe']);
    const reasons = events.flatMap((one) =>
      one.event === 'end' && one.end.state === 'failed' ? [one.end.reason] : [],
    );
    expect(reasons).toEqual(['it broke']);
    const experiment = toyExperiment();
    await runStudy(planStudy(toyStudy(), experiment), { folder });
    expect(experiment.notes).toEqual(['mae-seed1', 'mae-seed1.probe']);
  });

  test('a run begins anew where what it left is gone and a new evaluation needs it', async () => {
    await runStudy(planStudy(toyStudy({ seeds: [0] }), toyExperiment()), { folder });
    const again: boolean[] = [];
    const experiment = toyExperiment((job, context) => again.push(context.again));
    const study = toyStudy({ seeds: [0], evaluations: { probe: {}, knn: { variants: ['mae'] } } });
    await runStudy(planStudy(study, { ...experiment, hasRun: () => false }), { folder });
    expect(experiment.notes).toEqual(['mae-seed0', 'mae-seed0.knn']);
    expect(again).toEqual([true, false]);
  });

  test('the seconds that are left are learned from what is done', async () => {
    // A minute a run and five seconds a probe, two at once.
    const left: (number | undefined)[] = [];
    await runStudy(planStudy(toyStudy({ seeds: [0] }), toyExperiment()), { folder });
    await runStudy(planStudy(toyStudy({ seeds: [0, 1] }), toyExperiment()), {
      folder,
      onEvent: ({ event }, status) => event === 'begin' && left.push(status().secondsLeft),
    });
    expect(left[0]).toBe((2 * 60 + 2 * 5) / 2);
  });

  test('other settings make other jobs; the old records stay and are listed', async () => {
    const study = toyStudy({ seeds: [0] });
    const old = planStudy(study, toyExperiment());
    await runStudy(old, { folder });
    const changed = planStudy(toyStudy({ seeds: [0], set: { steps: 20 } }), toyExperiment());
    expect(readRecords(folder, changed)).toMatchObject({ done: new Map(), stale: { length: 4 } });
    // The same identity, and a default that has become another since.
    const settle = (set: object) => ({ identity: { ...set }, resolved: { ...set, epsilon: 1e-6 } });
    const before = planStudy(study, { ...toyExperiment(), settle });
    const elsewhere = join(folder, 'other');
    await runStudy(before, { folder: elsewhere });
    const after = (set: object) => ({ identity: { ...set }, resolved: { ...set, epsilon: 1e-8 } });
    const { stale } = readRecords(elsewhere, planStudy(study, { ...toyExperiment(), settle: after }));
    expect(stale.map(({ reason }) => reason)).toEqual(Array(2).fill(expect.stringContaining('epsilon')));
  });

  test('a record says what was done, and one cut short counts as absent', async () => {
    const plan = planStudy(toyStudy({ seeds: [0] }), toyExperiment());
    await runStudy(plan, { folder });
    const { record } = jobPaths(folder, plan.jobs[0]!);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ part: 'mae-seed0', kind: 'run' });
    writeFileSync(record, '{"hash": "');
    expect(readRecords(folder, plan).done.size).toBe(3);
  });
});

test('a path that leads nowhere is refused, as the experiment declares its figures', () => {
  const plan = (path: string) => {
    const tables = [{ id: 'a', title: 'A', rows: ['mae'], metrics: [{ title: 'x', path }] }];
    return planStudy(toyStudy({ tables }), {
      ...toyExperiment(),
      shapeOf: () => ({
        fields: { best: 'word', features: { names: ['mean', 'cls'], each: { fields: { value: 'number' } } } },
      }),
    });
  };
  const check = (path: string) => refuseUnknownPaths(plan(path), { done: new Map(), stale: [] });
  expect(() => check('probe.features.{probe.best}.value')).not.toThrow();
  expect(() => check('probe.features.{probe.best}.valeu')).toThrow(
    'Did you mean probe.features.{probe.best}.value?',
  );
});
