import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidInput, sentencesOf } from '@m3ae/errors';
import { resolveConfig } from '../src/config/resolve.js';
import { configSchema } from '../src/config/schema.js';
import { applyOverrides } from '../src/config/overrides.js';
import { studySchema } from '../../../packages/study/src/schema.js';

/** A number somewhere in a schema. */
interface NumericField {
  readonly path: string;
  readonly schema: z.ZodNumber;
}

/** Every number of a schema, by walking all that zod can nest. */
function* numbersOf(schema: z.core.$ZodType, path: string): Generator<NumericField> {
  const def = schema._zod.def as z.core.$ZodTypeDef & Readonly<Record<string, unknown>>;
  const inner = (key: string) => def[key] as z.core.$ZodType;
  const all = (key: string) => def[key] as readonly z.core.$ZodType[];
  switch (def.type) {
    case 'number':
      yield { path, schema: schema as z.ZodNumber };
      return;
    case 'object':
      for (const [name, field] of Object.entries(def.shape as Record<string, z.core.$ZodType>)) {
        yield* numbersOf(field, path === '' ? name : `${path}.${name}`);
      }
      return;
    case 'union':
      for (const option of all('options')) yield* numbersOf(option, path);
      return;
    case 'tuple':
      for (const item of all('items')) yield* numbersOf(item, path);
      return;
    case 'array':
      return yield* numbersOf(inner('element'), `${path}[]`);
    case 'record':
      return yield* numbersOf(inner('valueType'), `${path}.*`);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return yield* numbersOf(inner('innerType'), path);
    case 'pipe':
      return yield* numbersOf(inner('out'), path);
    case 'string':
    case 'boolean':
    case 'literal':
    case 'enum':
    case 'unknown':
    case 'transform': // the built-in data's own package checks its numbers; the test below tries them
      return;
    default:
      throw new Error(
        `${path}: a schema of type ${def.type} may hold numbers; teach this test to look into it.`,
      );
  }
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

const fieldsOf = (schema: z.core.$ZodType) => [...numbersOf(schema, '')];
const isBounded = ({ schema }: NumericField) =>
  schema.maxValue !== null && schema.maxValue < Number.MAX_SAFE_INTEGER;

test.each([
  ['a config', configSchema, unbounded, 70],
  ['a study', studySchema, studyUnbounded, 12],
])('every number of %s has an upper bound', (_, schema, exceptions, least) => {
  const fields = fieldsOf(schema);
  expect(fields.length).toBeGreaterThanOrEqual(least); // the walk finds them
  const open = fields.filter((field) => !isBounded(field)).map(({ path }) => path);
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
