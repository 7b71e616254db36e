import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeResults } from '@m3ae/evaluation/probe';
import type { Evaluation } from '@m3ae/runs';
import { refuseOtherClasses } from '@m3ae/runs/model';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

describe('of a run', () => {
  let place: Awaited<ReturnType<typeof labeledWorkplace>>;
  beforeAll(async () => {
    place = await labeledWorkplace();
  });
  afterAll(() => place.remove());
  const names = ['blue-things', 'green-things', 'red-things'];

  test('are kept with it and its results, and the run goes on with them', async () => {
    const { code } = await place.pretrain('run', 'train.steps=3', 'report.enabled=false');
    expect(code).toBe(0);
    const run = place.out('run');
    const read = <Content>(file: string) => JSON.parse(readFileSync(join(run, file), 'utf8')) as Content;
    const record = read<{ classNames?: string[] }>('config.json');
    expect(record.classNames).toEqual(names);
    expect(read<Evaluation<ProbeResults>>('evaluations/probe.json').results.classNames).toEqual(names);
    const resumed = await place.pretrain('run', 'train.steps=3', 'report.enabled=false');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
  }, 60_000);

  test('of an earlier version that has none: nothing is compared', () => {
    const compare = (record: { readonly classNames?: readonly string[] }) => () =>
      refuseOtherClasses({ model: { kind: 'supervised' }, record }, names);
    expect(compare({})).not.toThrow();
    expect(compare({ classNames: names })).not.toThrow();
    expect(compare({ classNames: names.slice(1) })).toThrow('received 3 (new: blue-things; gone: none)');
  });

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
