import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage } from '@m3ae/datasets';
import { afterAll, expect, test } from 'vitest';
import {
  keepFacts,
  placeOfResults,
  readFacts,
  recordEvaluation,
  runPaths,
  writeFacts,
  writeJournal,
} from '../src/index.js';
import { pictureWriter, readRunReport, writeRunReport } from '../src/results.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = { anything: 'of your own' };
const record = { config, versions: { node: '20' } };
const options = {
  record,
  title: 'My <run>',
  subtitle: 'seed 0',
  method: 'Mine',
  licenses: [],
  batchSize: 64,
  model: { depth: 12, embedDim: 384 },
};

test('the page of a run of any program shows its logs, its evaluations, and what they lack', async () => {
  expect(await writeRunReport(folder, options)).toBeUndefined();
  const facts = { step: 2, parameters: 3e6, parts: [], evaluationNote: 'No classes.' };
  writeFacts(folder, facts);
  writeFileSync(runPaths(folder).metrics, '{"step":1,"loss":2}\n{"step":2,"loss":1}\n');
  const skipped = Array.from({ length: 60 }, (_, at) => ({ place: `${at}.png`, reason: 'no picture' }));
  writeJournal(folder, { seconds: 125, skipped });
  const retrieve = { parts: {}, zeroShot: {} };
  const evaluation = { run: {} as never, settings: {}, seconds: 1, versions: {} };
  const { folder: evaluations } = await placeOfResults({ folder, step: 2, record: { data } });
  recordEvaluation(evaluations, { ...evaluation, evaluation: 'retrieve', results: retrieve });
  writeFileSync(join(evaluations, 'probe.json'), '{"evalu');
  const warnings: string[] = [];
  const report = readRunReport(folder, { ...options, warn: (text) => warnings.push(text) })!;
  expect(report.metrics).toEqual([
    { step: 1, loss: 2 },
    { step: 2, loss: 1 },
  ]);
  expect(report).toMatchObject({ config, evaluations: { retrieve }, gallery: null, skippedCount: 60 });
  expect(report.skipped).toHaveLength(50);
  expect(report.skipped[0]).toBe('0.png: no picture');
  expect(report.headline.map(({ value }) => value)).toEqual(['2 steps', '3.00 M']);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('probe.json');
  rmSync(evaluations, { recursive: true });
  const path = await writeRunReport(folder, options);
  expect(path).toBe(join(folder, 'report.html'));
  expect(readFileSync(path!, 'utf8')).toContain('My &lt;run&gt;');
});

const data = { vocabSize: 1, trainLength: 1, fingerprints: {}, mean: [0, 0, 0], std: [1, 1, 1] };

test('pictures of an evaluation take the place of those of an earlier time once the first is there', async () => {
  const place = await placeOfResults({ folder, step: 2, record: { data } });
  const picture = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
  const first = pictureWriter(place, 'attention');
  expect(await first(picture, 'old')).toBe('attention/old.png');
  const second = pictureWriter(place, 'attention');
  expect(existsSync(join(place.folder, 'attention', 'old.png'))).toBe(true);
  const file = await second(picture, 'new');
  await second(picture, 'more');
  expect(
    ['old', 'new', 'more'].map((name) => existsSync(join(place.folder, 'attention', `${name}.png`))),
  ).toEqual([false, true, true]);
  const { width, data: pixels } = await decodeImage(readFileSync(join(folder, 'evaluations', file)));
  expect([width, ...pixels]).toEqual([2, ...picture.data]);
});

test('facts are gathered where there are none, or damaged ones', () => {
  const [place, warnings] = [mkdtempSync(join(folder, 'facts-')), [] as string[]];
  const keep = (step: number) =>
    keepFacts(
      place,
      () => ({ step, parameters: 1, parts: [], evaluationNote: null }),
      (text) => warnings.push(text),
    );
  keep(1);
  keep(2);
  expect([readFacts(place)?.step, warnings]).toEqual([1, []]);
  writeFileSync(runPaths(place).facts, '{"step":');
  keep(3);
  expect([readFacts(place)?.step, warnings.length]).toEqual([3, 1]);
});
