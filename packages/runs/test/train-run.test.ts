import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNewestCheckpoint, readSealed } from '@m3ae/checkpoint/files';
import { commonStop, singleProcess } from '@m3ae/distributed';
import { createProgress, readLines } from '@m3ae/logging';
import { createTokenizer, trimVocabulary } from '@m3ae/preprocess';
import { afterAll, expect, test } from 'vitest';
import { ranksInProcess } from '../../distributed/test/support/in-process.js';
import {
  checkpointOf,
  followRun,
  type RunParts,
  runPaths,
  type RunRecord,
  skippedLine,
  snapshotAt,
  trainRun,
  type TrainRunOptions,
} from '../src/index.js';
import { batches, begin, countingStep } from './fake-training.js';

const place = mkdtempSync(join(tmpdir(), 'm3ae-train-run-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const folderOf = (name: string) => mkdtempSync(join(place, name));

const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
const warn = (text: string) => expect.unreachable(text);
const record = { config: { seed: 3 }, data: {}, versions: {} } as unknown as RunRecord; // its contents are the program's
const { mapping } = trimVocabulary(createTokenizer(), ['a cat']);

const parts: RunParts = {
  step: countingStep((step) => 1 / step),
  batches,
  steps: 7,
  every: { log: 2, save: 3, evaluate: 2 },
  validator: { measure: async () => ({ loss: 5 }) },
  evaluator: { measure: async () => ({ accuracy: 0.5 }) },
};
const files = {
  record,
  vocabulary: mapping,
  tensorboard: false,
  extra: { seed: 3, vocabulary: mapping },
  keepLast: 3,
};
const run = (folder: string, options: Partial<TrainRunOptions> = {}, changed: Partial<RunParts> = {}) =>
  trainRun(folder, { ...parts, ...changed }, begin, files, { progress, warn, ...options });
const linesOf = (folder: string, name: 'metrics' | 'validation' | 'scheduled') =>
  readLines(runPaths(folder)[name]);

test('a training writes its files, and leaves nothing where the first step fails', async () => {
  const folder = folderOf('whole');
  const result = await run(folder);
  expect([result.interrupted, result.snapshot.step]).toEqual([false, 7]);
  expect(linesOf(folder, 'metrics').map(({ step }) => step)).toEqual([2, 4, 6, 7]);
  expect(linesOf(folder, 'validation')).toMatchObject([3, 6, 7].map((step) => ({ step, loss: 5 })));
  expect(linesOf(folder, 'scheduled').map(({ step }) => step)).toEqual([2, 4, 6]);
  expect(readSealed(runPaths(folder).config)).toMatchObject({ config: { seed: 3 } });
  expect((await loadNewestCheckpoint(folder)).newest!.state).toMatchObject({ seed: 3, vocabulary: mapping });
  const refused = folderOf('refused');
  const failing = { ...parts.step, run: () => Promise.reject(new Error('no such device')) };
  await expect(run(refused, { onBegin: () => expect.unreachable() }, { step: failing })).rejects.toThrow(
    'device',
  );
  expect(existsSync(runPaths(refused).config)).toBe(false);
});

test('a training that was stopped goes on as if it had not been', async () => {
  const [straight, folder] = [folderOf('straight'), folderOf('stopped')];
  await run(straight);
  const asking = new AbortController();
  const stop = commonStop(singleProcess(), asking.signal);
  const measure = async () => (asking.abort(), { accuracy: 0.5 });
  const stopped = await run(folder, { stop }, { evaluator: { measure } });
  expect([stopped.interrupted, stopped.snapshot.step]).toEqual([true, 2]);
  const point = await checkpointOf(folder, { warn });
  const from = snapshotAt(point, begin.state, mapping);
  expect(from.step).toBe(2);
  await trainRun(folder, parts, from, files, { progress, warn, goesOn: true });
  for (const name of ['metrics', 'validation', 'scheduled'] as const)
    expect(readFileSync(runPaths(folder)[name], 'utf8')).toBe(readFileSync(runPaths(straight)[name], 'utf8'));
  const bytesOf = (run: string) => readFileSync(join(run, 'checkpoints/step-00000007/model.safetensors'));
  expect(bytesOf(folder).equals(bytesOf(straight))).toBe(true);
});

test('a checkpoint of other word pieces, and a run without any, are refused', async () => {
  const folder = folderOf('pieces');
  await run(folder);
  const point = await checkpointOf(join(folder, 'checkpoints/step-00000003'), { warn });
  expect(() => snapshotAt(point, begin.state, null, { folder: '--out' })).toThrow(/captions.*with --out/);
  const words = { path: 'initialize.run', remedy: 'Train it.', warn };
  await expect(checkpointOf(folderOf('empty'), words)).rejects.toThrow(
    /initialize\.run must be.*Train it\.$/,
  );
});

test('a rank that follows ends where rank 0 ends, and writes nothing', async () => {
  const folder = folderOf('ranks');
  const measured = [0, 0];
  const [first, second] = ranksInProcess(2).map((communicator) => ({
    ...communicator,
    aside: <Result>(work: () => Promise<Result>) => work(),
  }));
  const evaluatorOf = (rank: number) => ({ measure: async () => (measured[rank]!++, { accuracy: 1 }) });
  const [led, followed] = await Promise.all([
    run(folder, { communicator: first }, { evaluator: evaluatorOf(0) }),
    followRun(
      second!,
      { ...parts, evaluator: evaluatorOf(1) },
      structuredClone({ ...begin, step: 99 }),
      commonStop(second!, new AbortController().signal),
    ),
  ]);
  const { step, batches: at, state } = led.snapshot;
  expect(followed.snapshot).toMatchObject({ step, batches: at, state });
  expect(step).toBe(7);
  expect(measured).toEqual([3, 3]);
});

test('a left-out file is told once by its path', () => {
  expect(skippedLine({ place: 'a.png', reason: 'is no picture' })).toBe('a.png: is no picture');
  expect(skippedLine({ place: 'a.png', reason: 'in/a.png is no picture' })).toBe('in/a.png is no picture');
});
