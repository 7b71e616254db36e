import { isInvalidInput, sentenceOf } from '@m3ae/errors';
import { expect, test } from 'vitest';
import { toyInput, toyStudy, toyTable } from './toy.js';
import { resolveStudy } from '../src/index.js';

function faultsOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (isInvalidInput(error)) return error.faults;
    throw error;
  }
  return [];
}

const claim = (compare: Record<string, unknown>) =>
  toyTable({ claims: [{ text: 'a claim', compare: [compare] }] });

test.each<[Record<string, unknown>, string, string]>([
  [{ variant: {} }, 'variant', 'Did you mean variants?'],
  [{ seeds: [0, -1] }, 'seeds.1', 'an integer from 0'],
  [{ seeds: [] }, 'seeds', 'a list of at least one seed; received []'],
  [
    toyTable({ metrics: [{ id: 'top1', title: 'top-1', path: 'probe.top1', seeds: [-1] }] }),
    'tables.0.metrics.0.seeds.0',
    'received -1',
  ],
  [{ jobs: 0 }, 'jobs', 'an integer from 1 to 1024; received 0'],
  [{ name: 'a b' }, 'name', 'a word of letters'],
  [{ variants: { 'a/b': {} } }, 'variants.a/b', 'received a/b'],
  [{ variants: {}, tables: [] }, 'variants', 'at least one'],
  [{ evaluations: { probe: { option: {} } } }, 'evaluations.probe.option', 'Did you mean options?'],
  [{ evaluations: { probe: { variants: ['m3a'] } } }, 'evaluations.probe.variants.0', 'Did you mean m3ae?'],
  [{ evaluations: { probe: {}, run: {} } }, 'evaluations.run', 'run means the run itself'],
  [toyTable({ rows: ['m3aee'] }), 'tables.0.rows.0', 'Did you mean m3ae?'],
  [toyTable({ rows: [3] }), 'tables.0.rows.0', 'a record; received 3'],
  [
    toyTable({ metrics: [{ id: 'top1', title: 'a', path: 'prob.x' }] }),
    'tables.0.metrics.0.path',
    'Did you mean probe?',
  ],
  [
    toyTable({ rows: [{ variant: 'mae', replace: ['cls', 'mean'] }] }),
    'tables.0.rows.0.replace',
    'received cls. Copy the part',
  ],
  [
    toyTable({ rows: [{ variant: 'mae', replace: ['probe', 'pixels'] }] }),
    'tables.0.rows.0.replace',
    'received pixels',
  ],
  [
    toyTable({ paper: [{ source: 'Fig. 3', values: { MEA: 1 } }] }),
    'tables.0.paper.0.values',
    'Did you mean MAE?',
  ],
  [toyTable({ choose: 'top2' }), 'tables.0.choose', 'Did you mean top1?'],
  [toyTable({ pictures: 'reconstruct' }), 'tables.0.pictures', 'one of evaluations; received reconstruct'],
  [toyTable({ metrics: [], claims: [], choose: undefined }), 'tables.0', 'with metrics or pictures'],
  [
    toyTable({
      metrics: [
        { id: 'top1', title: 'a', path: 'probe.x' },
        { title: 'top1', path: 'probe.y' },
      ],
    }),
    'tables.0.metrics',
    'received top1. Give one an id.',
  ],
  [
    toyTable({
      metrics: [
        { id: 'top1', group: 'flags', title: 'a', path: 'probe.x' },
        { title: 'b', path: 'probe.y' },
      ],
    }),
    'tables.0.metrics',
    'all in groups, or none; received b',
  ],
  [
    toyTable({
      metrics: [
        { id: 'top1', group: 'flags', title: 'a', path: 'probe.x' },
        { id: 'top5', group: 'flags', title: 'a', path: 'probe.y' },
      ],
    }),
    'tables.0.metrics',
    'received flags: a',
  ],
  [
    toyTable({
      metrics: [{ id: 'top1', group: 'flags', title: 'energy', path: 'probe.x' }],
      paper: [{ source: 'Fig. 6', values: {} }],
    }),
    'tables.0.paper.0.column',
    'received nothing. Add it.',
  ],
  [
    toyTable({
      metrics: [{ id: 'top1', group: 'flags', title: 'energy', path: 'probe.x' }],
      paper: [{ source: 'Fig. 6', column: 'enrgy', values: {} }],
    }),
    'tables.0.paper.0.column',
    'Did you mean energy?',
  ],
  [
    toyTable({ paper: [{ source: 'Fig. 6', column: 'energy', values: {} }] }),
    'tables.0.paper.0.column',
    'Delete it.',
  ],
  [
    claim({ better: 'm3ae', worse: 'mae', metric: 'top5' }),
    'tables.0.claims.0.compare.0.metric',
    'Did you mean top1?',
  ],
  [
    claim({ better: 'm3ae', worse: 'mea', metric: 'top1' }),
    'tables.0.claims.0.compare.0.worse',
    'Did you mean mae?',
  ],
  [
    claim({ better: 'm3ae', metric: 'top1', atLeast: 0 }),
    'tables.0.claims.0.compare.0',
    'received better, metric, atLeast',
  ],
  [
    claim({ rising: ['mae'], metric: 'top1' }),
    'tables.0.claims.0.compare.0.rising',
    'at least two variants; received 1',
  ],
  [
    claim({ better: { variant: 'm3ae', time: 2 }, worse: 'mae', metric: 'top1' }),
    'tables.0.claims.0.compare.0.better.time',
    'Did you mean times?',
  ],
  [{ quick: { tables: ['method'] } }, 'quick.tables.0', 'Did you mean methods?'],
  [{ tables: [...toyTable({}).tables, ...toyTable({}).tables] }, 'tables', 'received methods. Rename one.'],
])('%j is refused at %s', (change, path, words) => {
  const faults = faultsOf(() => resolveStudy(toyInput(change)));
  const told = faults.filter((fault) => fault.path === path).map(sentenceOf);
  expect(told.filter((sentence) => sentence.includes(words))).toHaveLength(1);
});

/** Every place in a tree, as the path to it. */
const placesIn = (tree: unknown, path: string[] = []): string[][] =>
  typeof tree !== 'object' || tree === null
    ? [path]
    : [path, ...Object.entries(tree).flatMap(([name, inner]) => placesIn(inner, [...path, name]))];

test('whatever stands wherever, a study is taken or refused with words', () => {
  const rows = [{ variant: 'mae', x: 1, seeds: [0], replace: ['probe', 'probe'] }];
  const options = { features: ['mean'] };
  const tables = toyTable({ rows, choose: 'top1' });
  const full = toyInput({ ...tables, quick: { seeds: [0] }, evaluations: { probe: { options } } });
  let refused = 0;
  for (const path of placesIn(full).filter(({ length }) => length > 0)) {
    for (const garbage of [3, '', null, [], [null], {}, { a: 1 }, true, NaN, -1, 1.5, 'a b/c']) {
      const input = structuredClone(full);
      const place = path.slice(0, -1).reduce((inner, name) => inner[name] as Record<string, unknown>, input);
      place[path.at(-1)!] = garbage;
      const faults = faultsOf(() => resolveStudy(input));
      refused += faults.length > 0 ? 1 : 0;
      expect(faults.filter(({ rule, remedy }) => !rule || !remedy)).toEqual([]);
    }
  }
  expect(refused).toBeGreaterThan(200);
});

test('every fault is told at once', () => {
  const bad = toyInput({ ...toyTable({ rows: ['x1'], choose: 'y1', paper: [] }), quick: { tables: ['z1'] } });
  expect(faultsOf(() => resolveStudy(bad))).toHaveLength(3);
});

test('tables that are asked for, and the short form, must be there', () => {
  expect(faultsOf(() => toyStudy({}, { only: ['metods'] }))).toEqual([
    { path: 'only', rule: 'ids of tables', received: 'metods', remedy: 'Did you mean methods?' },
  ]);
  expect(faultsOf(() => toyStudy({}, { quick: true }))).toMatchObject([{ path: 'quick' }]);
});
