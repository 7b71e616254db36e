import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isInvalidInput, sentenceOf } from '@m3ae/errors';
import { type JobRecord, planStudy, readRecords, refuseUnknownPaths, type StudyPlan } from '@m3ae/study';
import { expect, test } from 'vitest';
import { inTodaysWords } from '@m3ae/runs';
import { type LoadedStudy, loadStudy, resolveM3aeStudy, m3aeExperiment } from '../../src/study/experiment.js';

const pictures = { kind: 'folder', path: './photos', captions: 'none', labels: 'subfolder' };
const emoji = { kind: 'emoji' };

const planOf = ({ study, base }: LoadedStudy) =>
  planStudy(
    study,
    m3aeExperiment(base, () => ({ figures: {} })),
  );

/** The plan of a study of one method and one metric. */
async function studyOf(
  path: string | readonly string[],
  source: object = emoji,
  evaluations: object = { probe: {} },
): Promise<StudyPlan> {
  return planOf(
    await resolveM3aeStudy({
      base: { data: { source }, model: { size: 'small' }, train: { steps: 30 } },
      variants: { mae: { set: { method: 'mae' } } },
      evaluations,
      tables: [{ id: 'methods', title: 'Methods', rows: ['mae'], metrics: [{ title: 'top-1', path }] }],
    }),
  );
}

async function faultsOf(
  plan: StudyPlan | Promise<StudyPlan>,
  done: ReadonlyMap<string, JobRecord> = new Map(),
): Promise<readonly string[]> {
  try {
    refuseUnknownPaths(await plan, { done, stale: [] });
    return [];
  } catch (error) {
    if (isInvalidInput(error)) return error.faults.map(sentenceOf);
    throw error;
  }
}

/** Paths to every number that a tree holds; lists are passed over. */
function numbersIn(tree: unknown, path: string): string[] {
  if (typeof tree === 'number') return [path];
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return [];
  return Object.entries(tree).flatMap(([name, inner]) => numbersIn(inner, `${path}.${name}`));
}

const committed = fileURLToPath(new URL('../../../../studies/emoji/parts/', import.meta.url));
const records = readdirSync(committed).map(
  (file) => JSON.parse(readFileSync(`${committed}${file}`, 'utf8')) as JobRecord,
);

test.each(['probe', 'knn', 'ood', 'attention'])(
  'every number that %s has printed in a committed record is known before anything is measured',
  async (command) => {
    const record = records.find(
      ({ settings, part }) =>
        (settings as { command?: string }).command === command && part.endsWith(`.${command}`),
    )!;
    const { options } = record.settings as { options: object };
    const { results } = inTodaysWords(record.figures) as { results: unknown };
    const paths = numbersIn(results, `${command}.results`);
    expect(paths.length).toBeGreaterThan(10);
    expect(await faultsOf(studyOf(paths, emoji, { [command]: { options } }))).toEqual([]);
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
])('%s is refused, and a path near it offered', async (wrong, near) => {
  const [fault, ...more] = await faultsOf(studyOf(wrong));
  expect(more).toEqual([]);
  expect(fault).toContain(wrong);
  expect(fault).toContain(`Did you mean ${near}?`);
  expect(await faultsOf(studyOf(near))).toEqual([]);
});

test('a word in braces must lead to a word', async () => {
  expect(
    (await faultsOf(studyOf('probe.results.features.{probe.results.bset}.validation.value')))[0],
  ).toContain('probe.results.best');
});

test('a folder of pictures has a test part of its own name', async () => {
  expect(await faultsOf(studyOf(`${best}.tests.test.top1.value`, pictures))).toEqual([]);
  expect((await faultsOf(studyOf(`${best}.tests.unseenDrawing.top1.value`, pictures)))[0]).toContain(
    '.tests.test.top1.value',
  );
});

test('features that the evaluation does not measure have no figures', async () => {
  const evaluations = { probe: { options: { features: 'mean,cls' } } };
  expect(await faultsOf(studyOf('probe.results.features.cls.validation.value', emoji, evaluations))).toEqual(
    [],
  );
  expect(
    await faultsOf(studyOf('probe.results.features.both.validation.value', emoji, evaluations)),
  ).toHaveLength(1);
});

test('a command without declared results is known by what it has printed', async () => {
  const plan = await studyOf('mine.results.score', emoji, { mine: {} });
  expect(await faultsOf(plan)).toEqual([]); // nothing measured yet
  const job = plan.jobs.find(({ kind }) => kind === 'evaluate')!;
  const record = (results: object) =>
    new Map([[job.hash, { hash: job.hash, figures: { results } } as unknown as JobRecord]]);
  expect(await faultsOf(plan, record({ score: 1 }))).toEqual([]);
  expect((await faultsOf(plan, record({ scores: 1 })))[0]).toContain('Did you mean mine.results.scores?');
});

test.each(['emoji', 'learning-rate', 'pointing', 'search'])(
  'the paths of the shipped study %s are known',
  async (name) => {
    const config = fileURLToPath(new URL(`../../../../studies/${name}/study-${name}.ts`, import.meta.url));
    const folder = fileURLToPath(new URL(`../../../../studies/${name}`, import.meta.url));
    const plan = planOf(await loadStudy(config));
    expect(await faultsOf(plan)).toEqual([]);
    expect(await faultsOf(plan, readRecords(folder, plan).done)).toEqual([]);
  },
);
