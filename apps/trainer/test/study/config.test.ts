import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/config/config-error.js';
import { resolveConfig } from '../../src/config/resolve.js';
import { type Study, changeStudy, loadStudy, resolveStudy } from '../../src/study/load.js';
import { measure } from '../../src/study/measure.js';
import { optionArguments } from '../../src/run/command-log.js';
import { planStudy } from '../../src/study/plan.js';
import { contradictions } from '../../src/study/records.js';
import { hashOf, identifyingSettings } from '../../src/study/settings.js';
import { stubStudy } from './study-workplace.js';

const faultsOf = (act: () => unknown): readonly string[] => {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.faults;
    throw error;
  }
  return [];
};
const table = (change: Record<string, unknown>) => {
  const [first] = stubStudy().tables as Record<string, unknown>[];
  return { tables: [{ ...first, ...change }] };
};
const claim = (compare: Record<string, unknown>) =>
  table({ claims: [{ text: 'a claim', compare: [compare] }] });

describe('bad input', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ variant: {} }, 'variant must be a known setting; received {}. Did you mean variants?'],
    [{ seeds: [0, -1] }, 'seeds.1 must be an integer of at least 0; received -1. Seeds count from 0.'],
    [{ seeds: [] }, 'seeds must be a list of at least one seed; received []. Write e.g. [0, 1, 2].'],
    [
      table({ metrics: [{ id: 'top1', title: 'top-1', path: 'probe.results.top1', seeds: [-1] }] }),
      'tables.0.metrics.0.seeds.0 must be an integer of at least 0; received -1. Seeds count from 0.',
    ],
    [{ jobs: 0 }, 'jobs must be a positive integer; received 0. How many parts run at once.'],
    [{ base: 3 }, 'base must be a config file or a config; received 3. Write e.g. base: "./emoji-tiny.ts".'],
    [
      { name: 'a b' },
      'name must be a word of letters, digits, -, _ and .; received "a b". It names the folder.',
    ],
    [{ variants: { 'a/b': {} } }, 'The name variants.a/b must be a word; received "a/b". It names files.'],
    [
      { variants: {}, tables: [] },
      'variants must hold at least one variant; received none. Write e.g. { m3ae: {} }.',
    ],
    [
      { evaluations: { probe: { option: {} } } },
      'evaluations.probe.option must be a known setting; received {}. Did you mean options?',
    ],
    [
      { evaluations: { probe: { variants: ['m3a'] } } },
      'evaluations.probe.variants.0 must be one of variants; received "m3a". Did you mean m3ae?',
    ],
    [
      { evaluations: { probe: {}, pretrain: {} } },
      'evaluations.pretrain must have another name; "pretrain" means the training itself. Rename it.',
    ],
    [
      table({ rows: ['m3aee'] }),
      'tables.0.rows.0 must be one of variants; received "m3aee". Did you mean m3ae?',
    ],
    [
      table({ metrics: [{ id: 'top1', title: 'a', path: 'prob.x' }] }),
      'tables.0.metrics.0.path must be begun by an evaluation; received "prob". Did you mean probe?',
    ],
    [
      table({ rows: [{ variant: 'mae', replace: ['cls', 'mean'] }] }),
      'tables.0.rows.0.replace must name a part of a metric\'s path first; received "cls". Copy it from the path.',
    ],
    [
      table({ rows: [{ variant: 'mae', replace: ['probe', 'pixels'] }] }),
      'tables.0.rows.0.replace must be a way to an evaluation; received "pixels". Known here: pretrain, probe.',
    ],
    [
      table({ paper: [{ source: 'Fig. 3', values: { MEA: 1 } }] }),
      'tables.0.paper.0.values must be named by a row; received "MEA". Did you mean MAE?',
    ],
    [
      table({ choose: 'top2' }),
      'tables.0.choose must be a metric of the table; received "top2". Did you mean top1?',
    ],
    [
      table({ pictures: 'reconstruct' }),
      'tables.0.pictures must be one of evaluations; received "reconstruct". Known here: probe.',
    ],
    [
      table({ metrics: [], claims: [], choose: undefined }),
      'tables.0 must hold metrics or pictures; received neither. Write metrics: [{ title, path }].',
    ],
    [
      table({
        metrics: [
          { id: 'top1', title: 'a', path: 'probe.x' },
          { title: 'top1', path: 'probe.y' },
        ],
      }),
      'tables.0.metrics must differ in title or id; received "top1" twice. Give one an id.',
    ],
    [
      table({
        metrics: [
          { id: 'top1', group: 'flags', title: 'a', path: 'probe.x' },
          { title: 'b', path: 'probe.y' },
        ],
      }),
      'tables.0.metrics must all have a group, or none; received "b" without one. Give it a group.',
    ],
    [
      table({
        metrics: [
          { id: 'top1', group: 'flags', title: 'a', path: 'probe.x' },
          { id: 'top5', group: 'flags', title: 'a', path: 'probe.y' },
        ],
      }),
      'tables.0.metrics of one group must differ in title; received "a" twice in "flags". Rename one.',
    ],
    [
      table({
        metrics: [{ id: 'top1', group: 'flags', title: 'energy', path: 'probe.x' }],
        paper: [{ source: 'Fig. 6', values: {} }],
      }),
      "tables.0.paper.0.column must name a metric's title, as the metrics have groups; received none. Add it.",
    ],
    [
      table({
        metrics: [{ id: 'top1', group: 'flags', title: 'energy', path: 'probe.x' }],
        paper: [{ source: 'Fig. 6', column: 'enrgy', values: {} }],
      }),
      'tables.0.paper.0.column must be a metric\'s title; received "enrgy". Did you mean energy?',
    ],
    [
      table({ paper: [{ source: 'Fig. 6', column: 'energy', values: {} }] }),
      'tables.0.paper.0.column must be left out where metrics have no group; received "energy". Delete it.',
    ],
    [
      claim({ better: 'm3ae', worse: 'mae', metric: 'top5' }),
      'tables.0.claims.0.compare.0.metric must be a metric of the table; received "top5". Did you mean top1?',
    ],
    [
      claim({ better: 'm3ae', worse: 'mea', metric: 'top1' }),
      'tables.0.claims.0.compare.0.worse must be one of variants; received "mea". Did you mean mae?',
    ],
    [
      claim({ better: 'm3ae', metric: 'top1', atLeast: 0 }),
      'tables.0.claims.0.compare.0 must hold better and worse, or rising; received better, metric, atLeast. Write e.g. { better: "m3ae", worse: "mae", metric }.',
    ],
    [
      claim({ rising: ['mae'], metric: 'top1' }),
      'tables.0.claims.0.compare.0.rising must be at least two variants; received 1. List them in rising order.',
    ],
    [
      claim({ better: { variant: 'm3ae', time: 2 }, worse: 'mae', metric: 'top1' }),
      'tables.0.claims.0.compare.0.better.time must be a known setting; received 2. Did you mean times?',
    ],
    [
      { quick: { tables: ['method'] } },
      'quick.tables.0 must be the id of a table; received "method". Did you mean methods?',
    ],
    [
      { tables: [...table({}).tables, ...table({}).tables] },
      'tables must differ in id; received "methods" twice. Rename one.',
    ],
  ])('%j', (change, message) => {
    expect(faultsOf(() => resolveStudy(stubStudy(change)))).toContain(message);
  });

  test('every fault is told at once', () => {
    const bad = stubStudy({ ...table({ rows: ['x1'], choose: 'y1', paper: [] }), quick: { tables: ['z1'] } });
    expect(faultsOf(() => resolveStudy(bad))).toHaveLength(3);
  });

  test('--only and --quick name what they lack', () => {
    const study = resolveStudy(stubStudy());
    expect(faultsOf(() => changeStudy(study, { only: ['metods'] }))).toEqual([
      '--only must be ids of tables; received "metods". Did you mean methods?',
    ]);
    expect(faultsOf(() => changeStudy(study, { quick: true }))[0]).toContain(
      '--quick must have a short form',
    );
  });

  test('a variant whose config does not hold together is named, with all others like it', () => {
    const bad = studyOf({
      variants: { one: { set: { 'train.batchSise': 3 } }, two: { set: { 'train.steps': 0 } } },
      tables: [],
    });
    expect(faultsOf(() => planStudy(bad))).toEqual([
      'In variant one: train.batchSise must be a known setting; received 3. Did you mean batchSize?',
      expect.stringContaining('In variant two: train.steps must be a positive integer; received 0.'),
    ]);
  });
});

function studyOf(
  change: Record<string, unknown> = {},
  changes: Parameters<typeof changeStudy>[1] = {},
): Study {
  const study = changeStudy(resolveStudy(stubStudy(change)), changes);
  return { ...study, name: 'stub', baseInput: study.base, tableIds: [] };
}

test.each(['study-emoji', 'study-learning-rate', 'study-pointing', 'study-search'])(
  'the preset %s holds together',
  async (name) => {
    expect(planStudy(await loadStudy(name)).parts.length).toBeGreaterThan(10);
  },
);

test('the shipped study has a short form', async () => {
  const quick = await loadStudy('study-emoji', { quick: true });
  expect(quick.tables.map(({ id }) => id)).toEqual(['methods', 'pairedShare']);
  expect(quick.name).toBe('emoji-quick');
});

describe('the plan', () => {
  test('two variants that mean the same are one training', () => {
    const { parts, runs } = planStudy(studyOf());
    expect(parts).toHaveLength(12);
    expect(runs).toHaveLength(9);
    const [m3ae, again] = ['m3ae', 'again'].map((name) =>
      runs.find(({ variant, seed }) => variant === name && seed === 1),
    );
    expect(again!.training).toBe(m3ae!.training);
    expect(again!.evaluations).toEqual(m3ae!.evaluations);
  });

  test('all variants of the first seed come before the second seed', () => {
    const seeds = planStudy(studyOf()).parts.map(({ seed }) => seed);
    expect(seeds).toEqual([...seeds].sort());
  });

  test('an evaluation is run where a table asks for it, and where it names the variant', () => {
    const change = {
      evaluations: { probe: {}, ood: { variants: ['mae'] }, never: {} },
      ...table({ rows: ['m3ae', { variant: 'mae', seeds: [0] }], claims: [] }),
      seeds: [0, 1],
    };
    const names = planStudy(studyOf(change)).parts.map(({ name }) => name);
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
      ...table({ rows, metrics, claims: [] }),
      seeds: [0, 1],
    };
    const names = planStudy(studyOf(change)).parts.map(({ name }) => name);
    expect(names.filter((name) => name.includes('.'))).toEqual([
      'mae-seed0.probe',
      'm3ae-seed0.probe',
      'm3ae-seed1.probe',
      'm3ae-seed1.knn',
    ]);
  });

  test('a changed option of an evaluation is another part; the training stays', () => {
    const hashes = (options: Record<string, unknown>) =>
      planStudy(studyOf({ evaluations: { probe: { options } }, seeds: [0] })).parts.map(({ hash }) => hash);
    const [before, after] = [hashes({}), hashes({ features: 'mean' })];
    expect(before.filter((hash) => after.includes(hash))).toHaveLength(2);
  });

  test('--quick has its own seeds and settings; its variants come last', () => {
    const quick = {
      set: { 'train.steps': 7 },
      variants: { mae: { set: { 'train.steps': 14 } } },
      tables: ['methods'],
    };
    const { parts } = planStudy(studyOf({ quick }, { quick: true }));
    const steps = parts.flatMap((part) => (part.kind === 'pretrain' ? [[part.name, part.steps]] : []));
    expect(steps).toEqual([
      ['mae-seed0', 14],
      ['m3ae-seed0', 7],
    ]);
  });

  test('options become arguments', () => {
    expect(
      optionArguments({ seed: 1, set: ['a=1', 'b=2'], maxPictures: 5, quiet: true, json: false }),
    ).toEqual('--seed 1 --set a=1 --set b=2 --max-pictures 5 --quiet'.split(' '));
  });
});

describe('what tells trainings apart', () => {
  const config = (change: Record<string, unknown> = {}) =>
    resolveConfig({
      data: { source: { kind: 'emoji' } },
      model: { size: 'small' },
      train: { steps: 5 },
      ...change,
    });
  const hash = (change?: Record<string, unknown>) => hashOf(identifyingSettings(config(change)));

  test('only what differs from the defaults counts', () => {
    expect(identifyingSettings(config())).toEqual({
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
    expect(identifyingSettings(config({ data })).data).toEqual(data);
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
    expect(measure(figures, ['probe.mean.value'], ['mean', 'cls'])).toEqual({ value: 0.7, examples: null });
    expect(measure(figures, ['probe.mean.value', 'probe.cls.value'])).toEqual({ value: 0.6, examples: null });
  });
  test.each(['probe.none.value', 'probe.best', 'probe.{probe.none}.value', 'knn.x', 'probe.mean.toString'])(
    '%s is missing',
    (path) => {
      expect(measure(figures, [path])).toBeUndefined();
    },
  );
});
