import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSealed } from '@m3ae/checkpoint/files';
import { ndArray } from '@m3ae/tree';
import { beforeEach, expect, test } from 'vitest';
import {
  type EnterOptions,
  enterRun,
  openRunLogs,
  readSavedRun,
  runPaths,
  saveRunSnapshot,
  type SettingRules,
  stateOf,
} from '../src/index.js';

interface Config {
  readonly seed: number;
  readonly steps: number;
  readonly logEvery: number;
}

const config: Config = { seed: 1, steps: 4, logEvery: 1 };
const rules: SettingRules<Config> = {
  harmless: ['logEvery'],
  length: ['steps'],
  upgrade: (stored) => stored,
  totalSteps: ({ steps }) => steps,
  mayChangeLength: (_before, now, _data, done) => now.steps >= done,
  lengthRemedy: () => 'Start another.',
};
const data = { vocabSize: 3, trainLength: 8, fingerprints: { train: 'a' }, mean: [0], std: [1] };
const record = { config, data, versions: {} };

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'm3ae-enter-'));
  warnings = [];
  return () => rmSync(folder, { recursive: true });
});

const enter = (options: EnterOptions = {}, now = config) =>
  enterRun(folder, now, options, rules, (text) => warnings.push(text));

/** A run as it stands after a save: two steps are done. */
async function begun(): Promise<void> {
  writeSealed(runPaths(folder).config, record);
  const logs = openRunLogs(folder, 0, { events: null });
  for (const step of [1, 2]) logs.step({ step, loss: 1 / step }, { wait: 0, run: 0 });
  const weights = { weight: ndArray(Float32Array.of(1, 2), [2]) };
  const snapshot = {
    step: 2,
    state: { params: weights, optimizer: weights },
    batches: { at: 2 },
    nonFinite: { inRow: 0, total: 0 },
  };
  await saveRunSnapshot(folder, snapshot, { record, lines: logs.marks(), extra: { seed: 1 }, keepLast: 1 });
  logs.step({ step: 3, loss: 0 }, { wait: 0, run: 0 }); // lost when the process died
  logs.close();
}

test('an empty folder begins a run', async () => {
  expect(await enter()).toEqual({ kind: 'begin' });
  expect(await readSavedRun(folder, rules)).toBeUndefined();
});

test('an unfinished run goes on only where that is asked for, with what its checkpoint knows', async () => {
  await begun();
  await expect(enter()).rejects.toThrow(/resume.*overwrite/);
  const entry = await enter({ resume: true });
  expect(entry).toMatchObject({
    kind: 'resume',
    record,
    from: { step: 2 },
    marks: { metrics: { lines: 2 } },
  });
  if (entry.kind !== 'resume') throw new Error('not resumed');
  expect(stateOf(entry.from!)).toMatchObject({ seed: 1, counters: { step: 2 }, mixer: { at: 2 } });
});

test('another config is refused by path; what changes no result where it is not allowed', async () => {
  await begun();
  const paths = (now: Config, options: EnterOptions = {}) =>
    enter({ resume: true, ...options }, now).then(
      () => [],
      (error: { faults: { path: string }[] }) => error.faults.map(({ path }) => path),
    );
  expect(await paths({ ...config, seed: 2, logEvery: 5 })).toEqual(['seed', 'logEvery']);
  expect(await paths({ ...config, logEvery: 5 }, { allowConfigChange: true })).toEqual([]);
  expect(await paths({ ...config, steps: 9 })).toEqual([]);
  expect(await paths({ ...config, steps: 1 })).toEqual(['steps']);
});

test('lines that the checkpoint promises and the file lacks end it, or are done without', async () => {
  await begun();
  truncateSync(runPaths(folder).metrics, 5);
  await expect(enter({ resume: true })).rejects.toThrow('allowLostLines');
  expect(await enter({ resume: true, allowLostLines: true })).toMatchObject({ marks: undefined });
  expect(warnings).toHaveLength(1);
});

test('a lost config.json is taken from the checkpoint; one of another run is refused', async () => {
  await begun();
  rmSync(runPaths(folder).config);
  expect(await enter({ resume: true })).toMatchObject({ kind: 'resume', record });
  expect(warnings).toHaveLength(1);
  writeSealed(runPaths(folder).config, { ...record, data: { ...data, mean: [2] } });
  await expect(enter({ resume: true })).rejects.toThrow('data.mean');
});

test('a finished run is done, until it shall be longer or is overwritten', async () => {
  await begun();
  writeFileSync(runPaths(folder).finished, '{}');
  expect(await enter({ resume: true }, { ...config, steps: 2 })).toEqual({ kind: 'done' });
  expect(await enter({ resume: true })).toMatchObject({ kind: 'resume' });
  expect(existsSync(runPaths(folder).finished)).toBe(false);
  expect(await enter({ overwrite: true })).toEqual({ kind: 'overwrite' });
  expect(existsSync(runPaths(folder).checkpoints)).toBe(true); // until the new run has begun
});
