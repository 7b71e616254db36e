import { expect, test } from 'vitest';
import { InvalidInput, sentencesOf } from '@m3ae/errors';
import type { Rule } from '@m3ae/errors/rules';
import { resolveConfig, applyOverrides } from '../src/config/resolve.js';
import { configRule } from '../src/config/schema.js';
import { studyRule } from '../../../packages/study/src/schema.js';

/** Every number of a rule with the largest that it takes. */
function* numbersOf({ shape }: Rule, path: string): Generator<{ path: string; max: number }> {
  if (shape.kind === 'number') yield { path, max: shape.max };
  if (shape.kind === 'either') for (const rule of shape.rules) yield* numbersOf(rule, path);
  if (shape.kind === 'each') yield* numbersOf(shape.inner, `${path}${shape.named ? '.*' : '[]'}`);
  if (shape.kind !== 'record') return;
  for (const [name, field] of Object.entries(shape.fields))
    yield* numbersOf(field, path === '' ? name : `${path}.${name}`);
}

/** Numbers that may be as large as a double counts exactly, and why. */
const unbounded: Readonly<Record<string, string>> = {
  seed: 'a seed costs nothing',
};

const studyUnbounded: Readonly<Record<string, string>> = {
  'seeds[]': 'a seed costs nothing',
  'variants.*.seeds[]': 'a seed costs nothing',
  'quick.seeds[]': 'a seed costs nothing',
  'tables[].metrics[].seeds[]': 'a seed costs nothing',
  'tables[].rows[].seeds[]': 'a seed costs nothing',
  'evaluations.*.options.*': 'an option of a command, which the command checks',
  'evaluations.*.options.*[]': 'an option of a command, which the command checks',
  'tables[].rows[].x': 'a place on a chart',
  'tables[].claims[].compare[].better.times': 'a factor in a comparison of printed figures',
  'tables[].claims[].compare[].worse.times': 'a factor in a comparison of printed figures',
  'tables[].claims[].compare[].atLeast': 'a difference of printed figures',
  'tables[].paper[].values.*': 'a figure as it was printed',
};

test.each([
  ['a config', configRule, unbounded, 70],
  ['a study', studyRule, studyUnbounded, 12],
])('every number of %s has an upper bound', (_, rule, exceptions, least) => {
  const fields = [...numbersOf(rule, '')];
  expect(fields.length).toBeGreaterThanOrEqual(least); // the walk finds them
  const open = fields.filter(({ max }) => max >= Number.MAX_SAFE_INTEGER).map(({ path }) => path);
  expect([...new Set(open)].sort()).toEqual(Object.keys(exceptions).sort());
});

test.each([
  ...['size', 'dropTags'].map((name) => ['emoji', name]),
  ...['size', 'length', 'softBackground', 'tags', 'maxNameWords'].map((name) => ['scenes', name]),
  ['icons', 'size'],
])('the number %s.%s of the built-in data has an upper bound', (kind, name) => {
  const extra = [{ kind, ...(kind === 'icons' && { set: 'logos' }), [name!]: 1e12 }];
  const data = { source: { kind: 'folder', path: 'pictures' }, extra };
  expect(() => resolveConfig({ data, model: { size: 'small' }, train: { steps: 1 } })).toThrow(
    `data.extra.0.${name} must be`,
  );
});

test('a number beyond its bound is refused with the bound, once', () => {
  const config = {
    data: { source: { kind: 'emoji' }, workers: 300, queueSize: 1e6 },
    model: { size: 'small' },
    train: { steps: 1e300, threads: 100_000 },
  };
  let faults: readonly string[] = [];
  try {
    resolveConfig(config);
  } catch (error) {
    faults = sentencesOf(error as InvalidInput);
  }
  expect(faults.map((fault) => /^(\S+) must be at most (\d+);/.exec(fault)?.slice(1)).sort()).toEqual([
    ['data.queueSize', '1024'],
    ['data.workers', '256'],
    ['train.steps', '1000000000'],
    ['train.threads', '1024'],
  ]);
});

test.each(['Infinity', '1e400', 'NaN'])('%s is no number of a config', (value) => {
  const config = { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train: { steps: 1 } };
  for (const path of ['train.threads', 'optimizer.clipNorm', 'loss.imageWeight', 'model.mlpRatio']) {
    const [section, name] = path.split('.') as [string, string];
    const changed = { ...config, [section]: { ...config[section as 'model'], [name]: Number(value) } };
    expect(() => resolveConfig(changed)).toThrow(new RegExp(`^${path} must be`));
  }
  expect(() => resolveConfig(applyOverrides(config, [`train.threads=${value}`]))).toThrow(InvalidInput);
});
