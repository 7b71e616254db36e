import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  createChildren,
  createStudyProgress,
  failureText,
  jobPaths,
  planStudy,
  programRunner,
  readRecords,
  refuseUnknownPaths,
  resolveStudy,
  settledConfig,
  studyPaths,
  tellAgenda,
} from '../src/index.js';
import { conductStudy, runFolderJobs, runFolderShape } from '../src/runs.js';

const place = mkdtempSync(join(tmpdir(), 'm3ae-run-folders-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

// A program with run folders that knows nothing of m3ae: it "trains" to a loss and doubles it.
const program = join(place, 'program.mjs');
writeFileSync(
  program,
  `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const [command, path, ...rest] = process.argv.slice(2);
if (command === 'fit') {
  const { rate } = JSON.parse(readFileSync(path, 'utf8'));
  if (rate < 0) { console.error('rate is negative'); process.exit(2); }
  const folder = rest[rest.indexOf('--out') + 1];
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + '/metrics.jsonl', JSON.stringify({ step: 3, loss: rate }) + '\\n');
  writeFileSync(folder + '/finished.json', JSON.stringify({ step: 3, trainingSeconds: 90 }));
} else {
  const { loss } = JSON.parse(readFileSync(path + '/metrics.jsonl', 'utf8'));
  const times = Number(rest[rest.indexOf('--times') + 1]);
  console.log(JSON.stringify({ run: { step: 3 }, results: { twice: loss * times } }));
}`,
);

const study = resolveStudy({
  seeds: [0],
  variants: { good: { set: { rate: 0.25 } }, bad: { set: { rate: -1 } } },
  evaluations: { scale: { options: { times: 2 } } },
  tables: [
    {
      id: 'rates',
      title: 'Rates',
      rows: ['good', 'bad'],
      metrics: [{ title: 'twice', path: 'scale.results.twice' }],
    },
  ],
});

test('a program with run folders does a study: it trains, evaluates, and tells what failed', async () => {
  const folder = join(place, 'study');
  const children = createChildren(join(studyPaths(folder).runs, 'children.json'));
  const jobs = runFolderJobs({
    command: [process.execPath, program],
    train: 'fit',
    configOf: ({ set, seed }) => ({ ...set, seed }),
  });
  const plan = planStudy(study, {
    runJob: programRunner(jobs, children),
    shapeOf: (job) => runFolderShape(job, () => []),
  });
  const said: string[] = [];
  const tell = { say: (text: string) => void said.push(text), fact: () => undefined };
  await tellAgenda(plan, folder, tell);
  expect(said.at(-1)).toMatch(/^4 parts, 4 to run/);
  expect(existsSync(folder)).toBe(false);

  const logOf = () => 'the.log';
  const progress = createStudyProgress({ quiet: true, output: process.stdout, clock: () => 0, logOf });
  const provenance = { commit: null, versions: {} };
  const end = await conductStudy(plan, { folder, children, progress, provenance });
  expect(end.failed.map(({ name }) => name)).toEqual(['bad-seed0']);
  expect(failureText(end, plan, logOf)).toMatch(
    /^1 of 4 parts failed.*\n {2}bad-seed0: see the\.log\n1 part/,
  );
  expect(failureText({ ...end, failed: [] }, plan, logOf)).toBeUndefined();

  const { done } = readRecords(folder, plan);
  const figuresOf = (name: string) => done.get(plan.jobs.find((job) => job.name === name)!.hash)?.figures;
  expect(figuresOf('good-seed0')).toEqual({
    finished: { step: 3, trainingSeconds: 90 },
    minutes: 1.5,
    last: { step: 3, loss: 0.25 },
    validation: null,
  });
  expect(figuresOf('good-seed0.scale')).toMatchObject({ results: { twice: 0.5 } });
  const { stem } = jobPaths(
    folder,
    plan.jobs.find(({ name }) => name === 'good-seed0')!,
  );
  expect(JSON.parse(readFileSync(`${stem}.config.json`, 'utf8'))).toEqual({ rate: 0.25, seed: 0 });

  said.length = 0;
  await tellAgenda(plan, folder, tell);
  expect(said.filter((line) => line.includes('done in'))).toHaveLength(2);
  expect(said.at(-1)).toMatch(/^4 parts, 2 to run/);
});

test('paths to figures of a training are known before anything runs', () => {
  const table = (path: string) => ({
    tables: [{ id: 'a', title: 'A', rows: ['one'], metrics: [{ title: 'm', path }] }],
  });
  const planOf = (path: string) =>
    planStudy(resolveStudy({ variants: { one: {} }, ...table(path) }), {
      runJob: () => ({ figures: {} }),
      shapeOf: (job) => runFolderShape(job, () => ['test']),
    });
  const nothing = { done: new Map(), stale: [] };
  expect(() => refuseUnknownPaths(planOf('run.minutes'), nothing)).not.toThrow();
  expect(() => refuseUnknownPaths(planOf('run.minute'), nothing)).toThrow(/run\.minutes/);
});

test('settings of the machine and defaults tell no runs apart', () => {
  const resolve = ({
    rate = 1,
    threads = 1,
    data = {},
  }: {
    rate?: number;
    threads?: number;
    data?: object;
  }) => ({
    rate,
    threads,
    data: { cache: 'here', size: 8, ...data },
  });
  const settled = (given: Parameters<typeof resolve>[0]) =>
    settledConfig(resolve(given), { resolve, harmless: ['threads'], harmlessNames: ['cache'] });
  expect(settled({ threads: 4, data: { cache: 'there' } })).toEqual({
    identity: {},
    resolved: { rate: 1, data: { size: 8 } },
  });
  expect(settled({ rate: 2, data: { size: 9 } }).identity).toEqual({ rate: 2, data: { size: 9 } });
});
