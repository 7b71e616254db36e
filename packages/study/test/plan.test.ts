import { invalidField, InvalidInput } from '@m3ae/errors';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../src/experiment.js';
import { measure } from '../src/measure.js';
import { planStudy } from '../src/plan.js';
import { contradictions } from '../src/records.js';
import { askedPaths } from '../src/schema.js';
import { toyExperiment, toyStudy, toyTable } from './toy.js';

const planOf = (...study: Parameters<typeof toyStudy>) => planStudy(toyStudy(...study), toyExperiment());

describe('the plan', () => {
  test('two variants that mean the same are one run', () => {
    const { jobs, runs } = planOf();
    expect(jobs).toHaveLength(12);
    expect(runs).toHaveLength(9);
    const [m3ae, again] = ['m3ae', 'again'].map((name) =>
      runs.find(({ variant, seed }) => variant === name && seed === 1),
    );
    expect(again!.job).toBe(m3ae!.job);
    expect(again!.evaluations).toEqual(m3ae!.evaluations);
  });

  test('all variants of the first seed come before the second seed', () => {
    const seeds = planOf().jobs.map(({ seed }) => seed);
    expect(seeds).toEqual([...seeds].sort());
  });

  test('an evaluation is run where a table asks for it, and where it names the variant', () => {
    const change = {
      evaluations: { probe: {}, ood: { variants: ['mae'] }, never: {} },
      ...toyTable({ rows: ['m3ae', { variant: 'mae', seeds: [0] }], claims: [] }),
      seeds: [0, 1],
    };
    const names = planOf(change).jobs.map(({ name }) => name);
    expect(names.filter((name) => name.includes('.'))).toEqual([
      'mae-seed0.ood',
      'mae-seed0.probe',
      'm3ae-seed0.probe',
      'mae-seed1.ood',
      'm3ae-seed1.probe',
    ]);
  });

  test('an evaluation that only a metric of some seeds reads is run for those seeds', () => {
    const metrics = [
      { id: 'top1', title: 'top-1', path: 'probe.results.top1' },
      { title: 'votes', path: 'knn.results.top1', seeds: [1] },
    ];
    const rows = ['m3ae', { variant: 'mae', seeds: [0] }];
    const change = {
      evaluations: { probe: {}, knn: {} },
      ...toyTable({ rows, metrics, claims: [] }),
      seeds: [0, 1],
    };
    const names = planOf(change).jobs.map(({ name }) => name);
    expect(names.filter((name) => name.includes('.'))).toEqual([
      'mae-seed0.probe',
      'm3ae-seed0.probe',
      'm3ae-seed1.probe',
      'm3ae-seed1.knn',
    ]);
  });

  test('a changed option of an evaluation is another job; the run stays', () => {
    const hashes = (options: Record<string, unknown>) =>
      planOf({ evaluations: { probe: { options } }, seeds: [0] }).jobs.map(({ hash }) => hash);
    const [before, after] = [hashes({}), hashes({ features: 'mean' })];
    expect(before.filter((hash) => after.includes(hash))).toHaveLength(2);
  });

  test('--quick has its own seeds and settings; its variants come last', () => {
    const quick = {
      set: { steps: 7 },
      variants: { mae: { set: { steps: 14 } } },
      tables: ['methods'],
    };
    const { jobs } = planOf({ quick }, { quick: true });
    const steps = jobs.flatMap((job) => (job.kind === 'run' ? [[job.name, job.set.steps]] : []));
    expect(steps).toEqual([
      ['mae-seed0', 14],
      ['m3ae-seed0', 7],
    ]);
  });
});

test('a variant whose settings the experiment refuses is named, with all others like it', () => {
  const settle = (set: Readonly<Record<string, unknown>>) => {
    throw invalidField('method', 'another', set.method, 'Write ours.');
  };
  expect(() => planStudy(toyStudy(), { ...toyExperiment(), settle })).toThrow(InvalidInput);
  expect(() => planStudy(toyStudy(), { ...toyExperiment(), settle })).toThrow(
    /^In variant mae: method .*\nIn variant m3ae: method .*\nIn variant again: method/,
  );
});

describe('what tells jobs apart', () => {
  test('the order of names does not count', () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
  });

  test('a record contradicts where a default has changed, not where a setting is new', () => {
    expect(contradictions({ a: 1, b: { c: 2 }, gone: 3 }, { a: 1, b: { c: 4 }, new: 5 })).toEqual(['b.c']);
    const list = [{ a: 1 }, 2];
    expect(contradictions({ x: list }, { x: [{ a: 1, new: 5 }, 2] })).toEqual([]);
    expect(contradictions({ x: list }, { x: [{ a: 2 }, 2] })).toEqual(['x.0.a']);
    expect(contradictions({ x: list }, { x: [{ a: 1 }] })).toEqual(['x']);
  });
});

describe('measuring', () => {
  const figures = { probe: { best: 'mean', mean: { value: 0.5, count: 40 }, cls: { value: 0.7 } } };
  test('a path leads to a number, through words in braces and replacements, with the test size beside it', () => {
    expect(measure(figures, ['probe.{probe.best}.value'])).toEqual({ value: 0.5, examples: 40 });
    const replaced = askedPaths({ path: ['probe.mean.value', 'probe.best'] }, { replace: ['mean', 'cls'] });
    expect(measure(figures, replaced)).toEqual({ value: 0.7, examples: null });
    expect(measure(figures, ['probe.mean.value', 'probe.cls.value'])).toEqual({ value: 0.6, examples: null });
  });
  test.each(['probe.none.value', 'probe.best', 'probe.{probe.none}.value', 'knn.x', 'probe.mean.toString'])(
    '%s is missing',
    (path) => {
      expect(measure(figures, [path])).toBeUndefined();
    },
  );
});
