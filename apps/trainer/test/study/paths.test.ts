import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { InputError } from '../../src/config/config-error.js';
import { refuseUnknownPaths } from '../../src/study/check-paths.js';
import { loadStudy, resolveStudy, type Study } from '../../src/study/load.js';
import { planStudy } from '../../src/study/plan.js';
import { type PartRecord, readRecords } from '../../src/study/records.js';

const pictures = { kind: 'folder', path: './photos', captions: 'none', labels: 'subfolder' };
const emoji = { kind: 'emoji' };

/** A study of one method and one metric. */
function studyOf(
  path: string | readonly string[],
  source: object = emoji,
  evaluations: object = { probe: {} },
): Study {
  const study = resolveStudy({
    base: { data: { source }, model: { size: 'small' }, train: { steps: 30 } },
    variants: { mae: { set: { method: 'mae' } } },
    evaluations,
    tables: [{ id: 'methods', title: 'Methods', rows: ['mae'], metrics: [{ title: 'top-1', path }] }],
  });
  return { ...study, name: 'one', baseInput: study.base, tableIds: ['methods'] };
}

function faultsOf(study: Study, done: ReadonlyMap<string, PartRecord> = new Map()): readonly string[] {
  try {
    refuseUnknownPaths(study, planStudy(study), done);
    return [];
  } catch (error) {
    return (error as InputError).faults;
  }
}

/** Paths to every number that a tree holds; lists are passed over. */
function numbersIn(tree: unknown, path: string): string[] {
  if (typeof tree === 'number') return [path];
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return [];
  return Object.entries(tree).flatMap(([name, inner]) => numbersIn(inner, `${path}.${name}`));
}

const committed = fileURLToPath(new URL('../../studies/emoji/parts/', import.meta.url));
const records = readdirSync(committed).map(
  (file) => JSON.parse(readFileSync(`${committed}${file}`, 'utf8')) as PartRecord,
);

test.each(['probe', 'knn', 'ood', 'attention'])(
  'every number that %s has printed in a committed record is known before anything is measured',
  (command) => {
    const record = records.find(
      ({ settings, part }) =>
        (settings as { command?: string }).command === command && part.endsWith(`.${command}`),
    )!;
    const { options } = record.settings as { options: object };
    const paths = numbersIn((record.figures as { results: unknown }).results, `${command}.results`);
    expect(paths.length).toBeGreaterThan(10);
    expect(faultsOf(studyOf(paths, emoji, { [command]: { options } }))).toEqual([]);
  },
);

const best = 'probe.results.features.{probe.results.best}';

test.each([
  ['probe.result.classes', 'probe.results.classes'],
  [
    'probe.results.features.mean.tests.unseenEmogi.top1.value',
    'probe.results.features.mean.tests.unseenEmoji.top1.value',
  ],
  [
    'probe.results.features.mean.tests.unseenEmoji.top1',
    'probe.results.features.mean.tests.unseenEmoji.top1.value',
  ],
  [`${best}.test.unseenDrawing.top1.value`, `${best}.tests.unseenDrawing.top1.value`],
  [`${best}.validation`, `${best}.validation.value`],
  ['pretrain.minute', 'pretrain.minutes'],
  ['pretrain.finished.trainingSecond', 'pretrain.finished.trainingSeconds'],
])('%s is refused, and a path near it offered', (wrong, near) => {
  const [fault, ...more] = faultsOf(studyOf(wrong));
  expect(more).toEqual([]);
  expect(fault).toContain(`"${wrong}"`);
  expect(fault).toContain(`Did you mean ${near}?`);
  expect(faultsOf(studyOf(near))).toEqual([]);
});

test('a word in braces must lead to a word', () => {
  expect(faultsOf(studyOf('probe.results.features.{probe.results.bset}.validation.value'))[0]).toContain(
    'probe.results.best',
  );
});

test('a folder of pictures has a test part of its own name', () => {
  expect(faultsOf(studyOf(`${best}.tests.test.top1.value`, pictures))).toEqual([]);
  expect(faultsOf(studyOf(`${best}.tests.unseenDrawing.top1.value`, pictures))[0]).toContain(
    '.tests.test.top1.value',
  );
});

test('features that the evaluation does not measure have no figures', () => {
  const evaluations = { probe: { options: { features: 'mean,cls' } } };
  expect(faultsOf(studyOf('probe.results.features.cls.validation.value', emoji, evaluations))).toEqual([]);
  expect(faultsOf(studyOf('probe.results.features.both.validation.value', emoji, evaluations))).toHaveLength(
    1,
  );
});

test('a command without declared results is known by what it has printed', () => {
  const study = studyOf('mine.results.score', emoji, { mine: {} });
  expect(faultsOf(study)).toEqual([]); // nothing measured yet
  const plan = planStudy(study);
  const part = plan.parts.find(({ kind }) => kind === 'evaluate')!;
  const record = (results: object) =>
    new Map([[part.hash, { hash: part.hash, figures: { results } } as unknown as PartRecord]]);
  expect(faultsOf(study, record({ score: 1 }))).toEqual([]);
  expect(faultsOf(study, record({ scores: 1 }))[0]).toContain('Did you mean mine.results.scores?');
});

test.each(['emoji', 'learning-rate', 'pointing', 'search'])(
  'the paths of the shipped study %s are known',
  async (name) => {
    const config = fileURLToPath(new URL(`../../configs/study-${name}.ts`, import.meta.url));
    const folder = fileURLToPath(new URL(`../../studies/${name}`, import.meta.url));
    const study = await loadStudy(config);
    const plan = planStudy(study);
    expect(() => refuseUnknownPaths(study, plan, new Map())).not.toThrow();
    expect(() => refuseUnknownPaths(study, plan, readRecords(folder, plan.parts).done)).not.toThrow();
  },
);
