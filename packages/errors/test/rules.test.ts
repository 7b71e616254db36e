import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import {
  checkedBy,
  checkOptions,
  countUpTo,
  dictionary,
  either,
  examine,
  flag,
  inInterval,
  type InputOf,
  integer,
  kinds,
  list,
  matching,
  nullable,
  number,
  oneOf,
  optional,
  optionalRecord,
  type OutputOf,
  record,
  refined,
  rewritten,
  type Rule,
  text,
  typed,
  typedValue,
  typedValues,
  withDefault,
} from '../src/rules.js';
import { invalidField, faultOf } from '../src/index.js';
import { faultsOf } from './faults-of.js';

const loss = record({
  weight: withDefault(number({ min: 0, limit: 100 }, 'Use 1.'), 1),
  all: withDefault(flag('true counts all.'), false),
});
const optimizer = kinds(
  'kind',
  {
    adamW: record({
      kind: withDefault(oneOf(['adamW']), 'adamW'),
      b1: withDefault(inInterval('[0, 1)', 'Use 0.9.'), 0.9),
    }),
    sgd: record({ kind: oneOf(['sgd']), momentum: withDefault(inInterval('[0, 1)', 'Use 0.9.'), 0.5) }),
  },
  { rule: 'one of adamW, sgd', remedy: 'Use adamW.', usual: 'adamW' },
);
const config = record({
  name: optional(text('Name it.')),
  steps: integer({ min: 1, limit: 1000 }, 'Pass e.g. 100.'),
  clip: withDefault(nullable(number({ above: 0 }, 'Or null.')), null),
  loss: optionalRecord(loss),
  optimizer: optionalRecord(optimizer),
  seeds: withDefault(
    list(integer({ min: 0 }, 'From 0.'), { rule: 'a list of seeds', remedy: 'Write [0].' }),
    [0],
  ),
});

test('what is left out has its default, and what may be absent stays so', () => {
  expect(checkOptions(config, { steps: 5 })).toStrictEqual({
    steps: 5,
    clip: null,
    loss: { weight: 1, all: false },
    optimizer: { kind: 'adamW', b1: 0.9 },
    seeds: [0],
  });
  const given = {
    name: 'a',
    steps: 1,
    clip: 2,
    loss: { weight: 0, all: true },
    optimizer: { kind: 'sgd', momentum: 0.1, b1: undefined },
    seeds: [],
  };
  expect(checkOptions(config, given)).toStrictEqual({ ...given, optimizer: { kind: 'sgd', momentum: 0.1 } });
});

test('types say what may be left out, and what is there', () => {
  type Given = InputOf<typeof config>;
  expectTypeOf<{ steps: number }>().toExtend<Given>();
  expectTypeOf<{ steps: number; loss: { weight: number } }>().toExtend<Given>();
  expectTypeOf<{ name: string }>().not.toExtend<Given>();
  expectTypeOf<Given['clip']>().toEqualTypeOf<number | null | undefined>();
  type Resolved = OutputOf<typeof config>;
  expectTypeOf<Resolved['name']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Resolved['loss']>().toEqualTypeOf<{ readonly weight: number; readonly all: boolean }>();
  expectTypeOf<Resolved['optimizer']['kind']>().toEqualTypeOf<'adamW' | 'sgd'>();
});

test('all faults at once, with path, rule, what came and the remedy', () => {
  const bad = {
    step: 5,
    clip: 0,
    loss: { weight: 101, al: true },
    optimizer: { kind: 'sgd', b1: 0.5, momentum: 1 },
    seeds: [0, -1, 'x'],
  };
  expect(faultsOf(() => checkOptions(config, bad, { path: 'run' }))).toEqual([
    { path: 'run.step', rule: 'a known option', received: 'step', remedy: 'Did you mean steps?' },
    { path: 'run.steps', rule: 'a positive integer', received: 'nothing', remedy: 'Pass e.g. 100.' },
    { path: 'run.clip', rule: 'a number above 0', received: '0', remedy: 'Or null.' },
    { path: 'run.loss.al', rule: 'a known option', received: 'al', remedy: 'Did you mean all?' },
    { path: 'run.loss.weight', rule: 'at most 100', received: '101', remedy: 'Use 1.' },
    {
      path: 'run.optimizer.b1',
      rule: 'left out with kind sgd',
      received: '0.5',
      remedy: 'It is of kind adamW.',
    },
    { path: 'run.optimizer.momentum', rule: 'in [0, 1)', received: '1', remedy: 'Use 0.9.' },
    { path: 'run.seeds.1', rule: 'an integer of at least 0', received: '-1', remedy: 'From 0.' },
    { path: 'run.seeds.2', rule: 'an integer of at least 0', received: 'x', remedy: 'From 0.' },
  ]);
});

test.each<[Rule, unknown, path: string, rule: string]>([
  [config, 7, 'options', 'a record'],
  [config, [], 'options', 'a record'],
  [config, null, 'options', 'a record'],
  [optimizer, { kind: 'adam' }, 'kind', 'one of adamW, sgd'],
  [optimizer, 3, 'options', 'one of adamW, sgd'],
  [oneOf(['left', 'right']), 'Left', 'options', 'one of left, right'],
  [integer({ min: 1, max: 9 }, 'x'), 10, 'options', 'an integer from 1 to 9'],
  [integer({ min: 1 }, 'x'), 1.5, 'options', 'a positive integer'],
  [integer({ min: 1 }, 'x'), Infinity, 'options', 'a positive integer'],
  [integer({ min: 0 }, 'x'), 2 ** 60, 'options', `at most ${Number.MAX_SAFE_INTEGER}`],
  [number({}, 'x'), NaN, 'options', 'a number'],
  [number({}, 'x'), '1', 'options', 'a number'],
  [inInterval('(0, 1]', 'x'), 0, 'options', 'in (0, 1]'],
  [text('x'), '', 'options', 'a non-empty string'],
  [list(text('x'), { rule: 'a list of names', min: 1, remedy: 'x' }), [], 'options', 'a list of names'],
  [
    either([record({ a: text('x') }), record({ b: text('x') })], { rule: '{ a } or { b }', remedy: 'x' }),
    { c: 1 },
    'options',
    '{ a } or { b }',
  ],
  [
    dictionary(flag('x'), {
      rule: 'a record of flags',
      remedy: 'x',
      names: matching('a word', (n) => n === 'a', 'x', 'a'),
    }),
    { b: true },
    'b',
    'a word',
  ],
])('%#: a value that breaks its rule', (rule, value, path, words) => {
  expect(examine(rule, value).faults).toMatchObject([{ path, rule: words }]);
});

test('an interval holds what its brackets say', () => {
  const ends = fc.constantFrom('[0, 1]', '[0, 1)', '(0, 1]', '(0, 1)');
  fc.assert(
    fc.property(ends, fc.oneof(fc.constantFrom(0, 1), fc.double({ min: -1, max: 2 })), (interval, value) => {
      const holds =
        (value > 0 || (value === 0 && interval[0] === '[')) &&
        (value < 1 || (value === 1 && interval.endsWith(']')));
      const rule = inInterval(interval as '[0, 1]', 'x');
      expect(examine(rule, value).faults.length).toBe(holds ? 0 : 1);
    }),
  );
});

test('a faulty value is replaced by one that fits, and its path told, so that the others can be checked', () => {
  const { value, doubtful } = examine(config, { steps: 'x', loss: { weight: -1, all: true }, seeds: 'y' });
  expect(value).toStrictEqual({
    steps: 1,
    clip: null,
    loss: { weight: 1, all: true },
    optimizer: { kind: 'adamW', b1: 0.9 },
    seeds: [0],
  });
  expect(doubtful).toEqual(['steps', 'loss.weight', 'seeds']);
  // A misspelt name in a section may be any of its names; one of the whole, the nearest.
  expect(examine(config, { steps: 1, loss: { wight: 3 }, optimiser: {} }).doubtful).toEqual([
    'optimizer',
    'loss',
  ]);
});

test('whatever comes, the value that is read fits the rule, and what fits comes back as it is', () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom('steps', 'loss', 'optimizer', 'kind', 'b1', 'seeds') }),
      (given) => {
        const { value } = examine(config, given);
        expect(examine(config, value)).toMatchObject({ value, faults: [] });
      },
    ),
  );
});

test('another package checks its own options, and fields must fit each other', () => {
  const crop = checkedBy(({ size = 3 }: { size?: number }) => {
    if (size > 5) throw invalidField('size', 'at most 5', size, 'Use 3.');
    return { size };
  });
  const rule = record({
    crop,
    range: refined(
      record({ low: integer({ min: 0 }, 'x'), high: integer({ min: 0 }, 'x') }),
      ['low', 'high'],
      ({ low, high }) => [low > high && faultOf('low', `at most high = ${high}`, low, 'Exchange the two.')],
    ),
  });
  expect(checkOptions(rule, { crop: {}, range: { low: 1, high: 2 } })).toEqual({
    crop: { size: 3 },
    range: { low: 1, high: 2 },
  });
  expect(
    examine(rule, { crop: { size: 6 }, range: { low: 3, high: 2 } }).faults.map(({ path }) => path),
  ).toEqual(['crop.size', 'range.low']);
  expect(examine(rule, { crop: {}, range: { low: 3, high: -2 } }).faults.map(({ path }) => path)).toEqual([
    'range.high',
  ]);
  const broken = checkedBy(() => {
    throw new TypeError('a mistake');
  });
  expect(() => examine(broken, {})).toThrow(TypeError);
});

test('a value may be rewritten first, and is shown as the caller wants', () => {
  const row = rewritten<{ name: 'a' | 'b' }, { name: 'a' | 'b' }, string>(
    (value) => (typeof value === 'string' ? { name: value } : value),
    record({ name: oneOf(['a', 'b']) }),
  );
  expect(checkOptions(row, 'a')).toEqual({ name: 'a' });
  const style = { show: JSON.stringify, noun: 'setting', whole: 'The row' } as const;
  expect(examine(row, { name: 'c', nam: 1 }, style).faults).toEqual([
    { path: 'nam', rule: 'a known setting', received: '1', remedy: 'Did you mean name?' },
    { path: 'name', rule: 'one of "a", "b"', received: '"c"', remedy: expect.any(String) },
  ]);
  expect(examine(row, 3, style).faults).toMatchObject([
    { path: 'The row', rule: 'a record of settings', received: '3' },
  ]);
});

test('of a misspelled kind, the nearest one and what is wrong beside it are told', () => {
  const rule = kinds(
    'kind',
    {
      adam: record({ kind: oneOf(['adam']), rate: number({ min: 0 }, 'Use 1.') }),
      sgd: record({ kind: oneOf(['sgd']), momentum: number({ min: 0 }, 'Use 0.9.') }),
    },
    { rule: 'a record with its kind', remedy: (given) => (given === 'lion' ? 'No lion.' : 'Use adam.') },
  );
  expect(examine(rule, { kind: 'adan', rate: -3 }).faults).toEqual([
    { path: 'kind', rule: 'one of adam, sgd', received: 'adan', remedy: 'Did you mean adam?' },
    { path: 'rate', rule: 'a number of at least 0', received: '-3', remedy: 'Use 1.' },
  ]);
  expect(examine(rule, { kind: 'something else', rate: -3 }).faults).toMatchObject([
    { path: 'kind', remedy: 'Use adam.' },
  ]);
  for (const word of ['sgd', 'sgdd'])
    expect(examine(rule, word).faults).toMatchObject([
      { rule: 'a record with its kind', remedy: 'Write { kind: "sgd" }.' },
    ]);
  expect(examine(rule, 'lion').faults).toMatchObject([{ remedy: 'No lion.' }]);
});

test('a value without text, a hole in a list, and fields of a prototype are read like others', () => {
  const bare = { nothing: 'at all' };
  Object.setPrototypeOf(bare, null); // as the fields of a module: String() cannot show it
  expect(examine(record({ name: oneOf(['a', 'b']) }), { name: bare }).faults).toMatchObject([
    { path: 'name', rule: 'one of a, b', received: '{"nothing":"at all"}' },
  ]);
  const sizes = list(integer({ min: 1 }, 'Use 1.'), { rule: 'a list of sizes', remedy: 'Use [1].' });
  const holed: unknown[] = [1, 2, 3];
  delete holed[1];
  expect(examine(sizes, holed).faults).toMatchObject([{ path: '1', received: 'nothing' }]);
  class Sgd {
    readonly kind = 'sgd';
    get momentum() {
      return 0.25;
    }
  }
  expect(checkOptions(optimizer, new Sgd())).toEqual({ kind: 'sgd', momentum: 0.25 });
});

test('of several forms, what is wrong with the one whose names are given is told', () => {
  const rule = either(
    [record({ steps: integer({ min: 0 }, 'Use 1.') }), record({ share: inInterval('[0, 1]', 'Use 0.1.') })],
    { rule: '{ steps } or { share }', remedy: 'Write { share: 0.1 }.' },
  );
  expect(examine(rule, { share: 1.5 }).faults).toMatchObject([{ path: 'share', rule: 'in [0, 1]' }]);
  expect(examine(rule, { shar: 0.1 }).faults).toMatchObject([{ rule: '{ steps } or { share }' }]);
  expect(examine(rule, { share: 0.5 }).value).toEqual({ share: 0.5 });
});

test.each([new Map(), new Set(), [], new Uint8Array(2), null, 'text'])(
  '%o is no record of options',
  (value) => {
    expect(
      faultsOf(() => checkOptions(record({ weight: optional(integer({ min: 0 }, 'Use 1.')) }), value)),
    ).toHaveLength(1);
  },
);

test.each([
  ['5', 5],
  [' 0.5 ', 0.5],
  ['mean', 'mean'],
  ['', undefined],
  ['1e3', 1000],
  ['5px', '5px'],
])('what is typed as %j is %j', (word, value) => {
  expect(typed(word)).toBe(value);
});

test('typed options are read by their rules, and named in errors', () => {
  expect(typedValue('--rows', '5', countUpTo(9))).toBe(5);
  expect(typedValue('--rows', undefined, countUpTo(9))).toBeUndefined();
  expect(typedValues('--at', '3, 1,3', countUpTo(9))).toEqual([3, 1]);
  expect(faultsOf(() => typedValue('--rows', '', countUpTo(9)))).toMatchObject([{ path: '--rows' }]);
  expect(faultsOf(() => typedValue('--rows', '10', countUpTo(9)))).toMatchObject([{ received: '10' }]);
  expect(faultsOf(() => typedValues('--at', 'x,1,0', countUpTo(9)))).toHaveLength(2);
});
