import { cpSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openFolder } from '@m3ae/datasets';
import { readSafetensorsFile } from '@m3ae/checkpoint/files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeResults } from '@m3ae/evaluation/probe';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { Evaluation } from '@m3ae/runs';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

let place: Awaited<ReturnType<typeof labeledWorkplace>>;
let run: string;
beforeAll(async () => {
  place = await labeledWorkplace();
  run = place.out('run');
  const { code, stderr } = await place.pretrain('run', 'report.enabled=false', 'evaluation.enabled=false');
  expect([code, stderr]).toEqual([0, '']);
}, 120_000);
afterAll(() => place.remove());

/** Names of the pictures kept apart: every second is of the validation part, the others of the test part. */
async function keptApart(path: string): Promise<{ validation: string[]; test: string[] }> {
  const kept = await openFolder({ kind: 'folder', path, split: 'validation', validationShare: 0.4 });
  const names = Array.from({ length: kept.length }, (_, index) => kept.describe(index));
  return {
    validation: names.filter((_, index) => index % 2 === 0),
    test: names.filter((_, index) => index % 2 === 1),
  };
}

/** A copy of the pictures in which some files are empty. */
function withEmptied(name: string, emptied: readonly string[]): string {
  const path = join(place.folder, name);
  cpSync(place.pictures, path, { recursive: true });
  emptied.forEach((file) => truncateSync(join(path, file), 0));
  return path;
}

const settings = (...changes: readonly string[]) => changes.flatMap((change) => ['--set', change]);
async function evaluated<Results>(...args: readonly string[]): Promise<Results> {
  const { code, stdout, stderr } = await runCommand(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as Evaluation<Results>).results;
}

/** Rows of all features of the encoder that the run folder holds: a list for each part that was encoded. */
async function storedFeatures(): Promise<number[][][]> {
  const folder = join(run, 'features');
  const files = readdirSync(folder).filter((file) => !file.startsWith('pixels'));
  return Promise.all(
    files.map(async (name) => {
      const { shape, data } = (await readSafetensorsFile(join(folder, name))).tensors.mean!;
      const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
      const [rows, columns] = shape as [number, number];
      return Array.from({ length: rows }, (_, row) =>
        Array.from(values.subarray(row * columns, (row + 1) * columns)),
      );
    }),
  );
}

test('evaluations leave unreadable pictures out, and say how many were measured', async () => {
  const { test: tests } = await keptApart(place.pictures);
  const whole = await evaluated<ProbeResults>('probe', run, '--features', 'mean');
  expect(whole.tests[0]).toMatchObject({ length: tests.length });
  expect(whole.tests[0]).not.toHaveProperty('unreadable');
  const before = await storedFeatures();

  const gone = [0, 2, tests.length - 1];
  const path = withEmptied(
    'three',
    gone.map((at) => tests[at]!),
  );
  const changed = settings(`data.source.path=${path}`, 'data.maxBadShare=0.5');
  const probed = await evaluated<ProbeResults>('probe', run, '--features', 'mean', ...changed);
  const length = tests.length - 3;
  expect(probed.tests[0]).toMatchObject({ length, unreadable: 3 });
  expect(probed.features.mean!.tests.test!.top1.count).toBe(length);
  // The rows of the others are what they were: none is a copy, and none is of another part.
  const kept = before.map((rows) => rows.filter((_, row) => !gone.includes(row)));
  expect(kept).toContainEqual((await storedFeatures()).find((rows) => rows.length === length));

  const { parts } = await evaluated<RetrievalResults>('retrieve', run, '--groups', '2', ...changed);
  expect(parts.test!.pictures).toBe(length);
  const { stdout } = await runCommand('knn', run, '--features', 'mean', ...changed);
  expect(stdout).toContain(
    `3 pictures of ${tests.length} (unseen pictures) cannot be read and are left out: `,
  );
  expect(stdout).toContain(tests[0]!);
}, 60_000);

test('the limit holds for the part that is measured', async () => {
  const { test: tests } = await keptApart(place.pictures);
  const path = withEmptied('two', tests.slice(0, 2));
  const { code, stderr } = await runCommand(
    'probe',
    run,
    '--features',
    'mean',
    ...settings(`data.source.path=${path}`),
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain(`2 of the ${tests.length} pictures of folder/validation cannot be decoded`);
  const one = withEmptied('one', tests.slice(0, 1));
  const args = ['probe', run, '--features', 'mean', ...settings(`data.source.path=${one}`)];
  expect((await evaluated<ProbeResults>(...args)).tests[0]).toMatchObject({ unreadable: 1 });
}, 60_000);

test('a validation part without a readable picture is no copy of the test part', async () => {
  const { validation } = await keptApart(place.pictures);
  const path = withEmptied('hollow', validation);
  const stopped = await place.pretrain('hollow', `data.source.path=${path}`);
  expect(stopped.code).not.toBe(0);
  expect(stopped.stderr).toContain(
    'pictures of folder/validation cannot be decoded, more than maxBadShare 0.01',
  );

  // Whoever allows every file to be bad is told that there is nothing to choose on.
  const { code, stderr } = await runCommand(
    'probe',
    run,
    ...settings(`data.source.path=${path}`, 'data.maxBadShare=1'),
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining('The split "validation" must hold a picture')]);
}, 60_000);

test('the validation loss is that of the pictures which can be read', async () => {
  const { validation } = await keptApart(place.pictures);
  const path = withEmptied('some', validation.slice(0, 1));
  const { code } = await place.pretrain(
    'some',
    `data.source.path=${path}`,
    'evaluation.enabled=false',
    'report.enabled=false',
  );
  expect(code).toBe(0);
  const lines = (name: string) =>
    readFileSync(join(place.out(name), 'validation.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; loss: number });
  expect(lines('some').map(({ step }) => step)).toEqual(lines('run').map(({ step }) => step));
  lines('some').forEach(({ loss }) => expect(loss).toBeGreaterThan(0));
  const finished = JSON.parse(readFileSync(join(place.out('some'), 'finished.json'), 'utf8')) as {
    skippedFiles: { place: string }[];
  };
  expect(finished.skippedFiles).toMatchObject([{ place: validation[0] }]);
}, 60_000);
