import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Evaluation } from '../src/evaluation/envelope.js';
import type { ProbeResults, TestDetails } from '../src/evaluation/types.js';
import { detailsOf } from '../src/report/page-details.js';
import { labelledWorkplace } from './support/labelled-runs.js';
import { runCommand } from './support/run-command.js';

const share = { value: 1, low: 0.5, high: 1, count: 2, correct: 1 };
/** Two pictures of class 0, one of them taken for class 2, of which the test part has none. */
const details: TestDetails = {
  perClass: [{ label: 0, name: 'cat', recall: share, precision: 1, f1: 1 }],
  confusion: [
    [0, 0, 1],
    [0, 2, 1],
  ],
};

describe('a class without pictures in the test part', () => {
  test('has its name in the report', () => {
    const page = detailsOf({ test: details }, [{ key: 'test', name: 'unseen' }], 'probe', [
      'cat',
      'dog',
      'frog',
    ]);
    expect(page).toMatch(/>frog \(1\)</);
    expect(page).toContain('cat named frog: 1');
    expect(page).not.toContain('class 2');
  });

  test('has its number where an earlier version kept no names', () => {
    const page = detailsOf({ test: details }, [{ key: 'test', name: 'unseen' }], 'probe');
    expect(page).toMatch(/>class 2 \(1\)</);
  });
});

describe('of a run', () => {
  let place: Awaited<ReturnType<typeof labelledWorkplace>>;
  beforeAll(async () => {
    place = await labelledWorkplace();
  });
  afterAll(() => place.remove());
  const names = ['blue-things', 'green-things', 'red-things'];

  test('are kept with it and its results; a run of an earlier version evaluates without', async () => {
    const { code } = await place.pretrain('run', 'train.steps=3', 'report.enabled=false');
    expect(code).toBe(0);
    const run = place.out('run');
    const read = <Content>(file: string) => JSON.parse(readFileSync(join(run, file), 'utf8')) as Content;
    const record = read<{ classNames?: string[] }>('config.json');
    expect(record.classNames).toEqual(names);
    expect(read<Evaluation<ProbeResults>>('evaluations/probe.json').results.classNames).toEqual(names);
    const { classNames: _, ...earlier } = record;
    writeFileSync(join(run, 'config.json'), JSON.stringify(earlier));
    const again = await runCommand('probe', run, '--features', 'pixels', '--json');
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect((JSON.parse(again.stdout) as Evaluation<ProbeResults>).results.classNames).toEqual(names);
    const resumed = await place.pretrain('run', 'train.steps=3', 'report.enabled=false');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
  }, 60_000);

  test('a supervised model is not measured on other classes than it was trained on', async () => {
    const changes = ['method=supervised', 'model={"embedDim":16,"depth":1,"heads":2}', 'train.steps=3'];
    const trained = await place.pretrain('supervised', ...changes, 'evaluation.enabled=false');
    expect([trained.code, trained.stderr]).toEqual([0, '']);
    renameSync(join(place.pictures, 'blue-things'), join(place.pictures, 'zebra'));
    const { code, stderr } = await runCommand('ood', place.out('supervised'));
    renameSync(join(place.pictures, 'zebra'), join(place.pictures, 'blue-things'));
    expect(code).toBe(2);
    expect(stderr).toContain('received 3 (new: zebra; gone: blue-things)');
  }, 60_000);
});
