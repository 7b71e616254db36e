import { hashOf, planStudy } from '@m3ae/study';
import { describe, expect, test } from 'vitest';
import { optionArguments } from '@m3ae/runs';
import { resolveConfig } from '../../src/config/resolve.js';
import { loadStudy, resolveM3aeStudy, m3aeExperiment, settled } from '../../src/study/experiment.js';
import { stubStudy } from './study-workplace.js';

test.each([[3], [undefined]])('a base must be a config or a file; %s is none', async (base) => {
  await expect(resolveM3aeStudy(stubStudy({ base }))).rejects.toThrow(/^base must be a config file/);
});

test('a variant whose config does not hold together is named, with all others like it', async () => {
  const variants = { one: { set: { 'train.batchSise': 3 } }, two: { set: { 'train.steps': 0 } } };
  const { study, base } = await resolveM3aeStudy(stubStudy({ variants, tables: [] }));
  expect(() =>
    planStudy(
      study,
      m3aeExperiment(base, () => ({ figures: {} })),
    ),
  ).toThrow(
    /^In variant one: train\.batchSise must be a known setting; received 3\. Did you mean batchSize\?\nIn variant two: train\.steps must be a positive integer/,
  );
});

test('pretrain is no name for an evaluation: it means the training', async () => {
  const study = stubStudy({ evaluations: { probe: {}, pretrain: {} } });
  await expect(resolveM3aeStudy(study)).rejects.toThrow(/^evaluations.pretrain must be another name/);
});

test.each(['study-emoji', 'study-learning-rate', 'study-pointing', 'study-search'])(
  'the preset %s holds together',
  async (name) => {
    const { study, base } = await loadStudy(name);
    const plan = planStudy(
      study,
      m3aeExperiment(base, () => ({ figures: {} })),
    );
    expect(plan.jobs.length).toBeGreaterThan(10);
  },
);

test('the shipped study has a short form', async () => {
  const { study } = await loadStudy('study-emoji', { quick: true });
  expect(study.tables.map(({ id }) => id)).toEqual(['methods', 'pairedShare']);
  expect(study.name).toBe('emoji-quick');
});

test('options become arguments', () => {
  expect(optionArguments({ seed: 1, set: ['a=1', 'b=2'], maxPictures: 5, quiet: true, json: false })).toEqual(
    '--seed 1 --set a=1 --set b=2 --max-pictures 5 --quiet'.split(' '),
  );
});

describe('what tells trainings apart', () => {
  const config = (change: Record<string, unknown> = {}) =>
    resolveConfig({
      data: { source: { kind: 'emoji' } },
      model: { size: 'small' },
      train: { steps: 5 },
      ...change,
    });
  const hash = (change?: Record<string, unknown>) => hashOf(settled(config(change)).identity);

  test('only what differs from the defaults counts', () => {
    expect(settled(config()).identity).toEqual({
      data: { source: { kind: 'emoji' } },
      model: { size: 'small' },
      train: { steps: 5 },
    });
    expect(hash({ method: 'm3ae', optimizer: { b1: 0.9 } })).toBe(hash());
  });

  test('so it is in the items of lists', () => {
    const extra = [
      { kind: 'scenes', length: 99 },
      { kind: 'icons', set: 'logos' },
    ];
    const data = { source: { kind: 'emoji' }, extra };
    expect(settled(config({ data })).identity.data).toEqual(data);
    const other = { ...data, extra: [{ ...extra[0], parts: [2, 3] }, extra[1]] };
    expect(hash({ data: other })).not.toBe(hash({ data }));
  });

  test('what changes no result does not count', () => {
    const same = {
      name: 'other',
      log: { everySteps: 1 },
      checkpoint: { everySteps: 7 },
      evaluation: { enabled: false },
      report: { enabled: false },
      data: { source: { kind: 'emoji', cacheFolder: 'elsewhere' }, workers: 0 },
      train: { steps: 5, threads: 2 },
    };
    expect(hash(same)).toBe(hash());
  });

  test.each([
    { seed: 1 },
    { method: 'mae' },
    { image: { maskRatio: 0.5 } },
    { train: { steps: 6 } },
    { data: { source: { kind: 'emoji', size: 32 } } },
  ])('%j counts', (change) => {
    expect(hash(change)).not.toBe(hash());
  });
});

test('a length in epochs takes the place of one in steps, as it does with --set', async () => {
  const variants = { long: { set: { 'train.epochs': 3 } } };
  const { study, base } = await resolveM3aeStudy(stubStudy({ variants, tables: [] }));
  expect(base).toMatchObject({ train: { steps: expect.any(Number) } });
  const [job] = planStudy(
    study,
    m3aeExperiment(base, () => ({ figures: {} })),
  ).jobs;
  expect(job!.settings).toMatchObject({ train: { epochs: 3 } });
  expect(job!.settings).not.toHaveProperty('train.steps');
});
