import { openDataset } from '@m3ae/datasets';
import { wholeSplit } from '@m3ae/evaluation/model';
import { uniform } from '@m3ae/random';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeOutliers, refuseLoneClasses, withPictureEncoder } from '@m3ae/evaluation/model';
import { outlierEvaluator, type OutlierMethod, type OutlierResults } from '@m3ae/evaluation/outliers';
import type { FeatureName } from '@m3ae/evaluation/probe';
import { createProgress, type Progress } from '@m3ae/logging';
import type { Evaluation } from '@m3ae/runs';
import { openRun } from '../src/evaluation/open-run.js';
import { labeledOf, readOptions } from '../src/evaluation/opened-model.js';
import { openPictures } from '../src/run/pictures.js';
import { openOutlierSets, openSources } from '../src/run/sources.js';
import type { TrainerConfig } from '../src/config/schema.js';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

// The built-in sets take a minute to draw; here stand pictures of black and white noise, and the test pictures
// themselves, which no score can tell from the test pictures.
const noise = vi.hoisted(() => ({ path: '' }));
vi.mock('../src/run/sources.js', async (original) => ({
  ...(await original<object>()),
  openOutlierSets: async (config: TrainerConfig, progress: Progress) => {
    const spec = { kind: 'folder' as const, path: noise.path, captions: 'none' as const };
    const part = wholeSplit(await openDataset(spec), {
      name: 'noise',
      title: 'noise',
      note: 'Not a colour.',
    });
    const { tests } = await openPictures(config, progress);
    const same = { ...tests[0]!, name: 'same', title: 'the same', note: 'The test pictures again.' };
    return [part, same];
  },
}));

let place: Awaited<ReturnType<typeof labeledWorkplace>>;
beforeAll(async () => {
  place = await labeledWorkplace();
  noise.path = join(place.folder, 'noise');
  mkdirSync(noise.path);
  for (let at = 0; at < 12; at++) {
    const data = Uint8Array.from(uniform([9, at], 20 * 20 * 3), (value) => (value > 0.5 ? 255 : 0));
    const raw = { width: 20, height: 20, channels: 3 as const };
    await sharp(data, { raw })
      .png()
      .toFile(join(noise.path, `n${at}.png`));
  }
  for (const method of ['mae', 'supervised']) {
    const changes = [`method=${method}`, 'report.enabled=false', 'evaluation.enabled=false'];
    expect(await place.pretrain(method, ...changes)).toMatchObject({ code: 0, stderr: '' });
  }
}, 120_000);
afterAll(() => place.remove());

const said: string[] = [];
async function outliersOf(
  name: string,
  { features, scores }: { readonly features: FeatureName; readonly scores: readonly OutlierMethod[] },
  changes: readonly string[] = [],
) {
  const run = await openRun(place.out(name), changes);
  said.length = 0;
  const output = { write: (text: string) => void said.push(text) };
  const progress = createProgress({ output, clock: () => 0 });
  const labeled = labeledOf(await openSources(run.config, progress), run.config);
  refuseLoneClasses(labeled, progress);
  const sets = await openOutlierSets(run.config, progress, false);
  const options = readOptions(run, progress);
  const { splits, outside } = await withPictureEncoder(run.model, readOptions(run).runner, (encoder) =>
    encodeOutliers(encoder, labeled, sets, [features], options),
  );
  const { l2 } = run.config.evaluation;
  return outlierEvaluator({ features, scores, outside, l2, runner: options.runner }).run(splits);
}

test('noise is no colour: the distance to the classes tells it by pixels, and the table goes by set and score', async () => {
  const scores = ['mahalanobis', 'neighborDistance', 'energy'] as const;
  const results = await outliersOf('mae', { features: 'pixels', scores });
  expect(results.classifier).toMatchObject({ kind: 'linear', validation: { value: 1 } });
  expect(results.scores).toEqual(['energy', 'mahalanobis', 'neighborDistance']);
  expect(Object.keys(results.sets.noise!).sort()).toEqual([...scores].sort());
  expect(results.sets.noise!.mahalanobis).toMatchObject({ auroc: 1, aupr: 1, fpr95: 0 });
  expect(results.neighbors).toBe(12); // 36 pictures of three classes: no more than a class has
  expect(results.byTest.test).toEqual(results.sets); // one test part is all of them
  for (const score of scores) expect(results.sets.same![score]!.auroc).toBe(0.5); // each ties with itself
  expect(results.outliers[0]).toEqual({ key: 'noise', name: 'noise', note: 'Not a colour.', length: 12 });
  expect(said.join('')).not.toContain('One training picture alone');
});

test('a supervised model is asked by its own head', async () => {
  const results = await outliersOf('supervised', { features: 'mean', scores: ['maximumSoftmax'] });
  expect(results.classifier).toEqual({ kind: 'head' });
  const { auroc, low, high } = results.sets.noise!.maximumSoftmax!;
  expect(low <= auroc && auroc <= high).toBe(true);
});

test('the command prints one object and records it; without --json it prints a table', async () => {
  const run = place.out('mae');
  const args = ['ood', run, '--features', 'pixels', '--scores', 'mahalanobis,relativeMahalanobis'];
  const { code, stdout, stderr } = await runCommand(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const printed = JSON.parse(stdout) as Evaluation<OutlierResults>;
  expect(printed.results.sets.noise!.mahalanobis).toMatchObject({ auroc: 1, aupr: 1, fpr95: 0 });
  expect(printed.results.sets.noise!.relativeMahalanobis!.auroc).toBeGreaterThan(0.9);
  expect(JSON.parse(readFileSync(join(run, 'evaluations', 'ood.json'), 'utf8'))).toEqual(printed);
  const table = await runCommand(...args);
  expect(table.stdout).toMatch(/mahalanobis +100\.0 %/);
});

test('a class of one picture is told', async () => {
  await outliersOf('mae', { features: 'mean', scores: ['mahalanobis'] }, ['evaluation.maxTrainExamples=4']);
  expect(said.join('')).toMatch(/One training picture alone is of class [a-z-]+( and 1 more)?: its spread/);
});
