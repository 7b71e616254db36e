import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeResults } from '@m3ae/evaluation/probe';
import type { AttentionResults } from '@m3ae/evaluation/attention';
import type { Evaluation } from '@m3ae/runs';
import { labeledWorkplace, writeLabeledPictures } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

let place: Awaited<ReturnType<typeof labeledWorkplace>>;
let run: string;

beforeAll(async () => {
  place = await labeledWorkplace();
  run = place.out('m3ae');
  expect(await place.pretrain('m3ae')).toMatchObject({ code: 0, stderr: '' });
}, 120_000);
afterAll(() => place.remove());

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}
const evaluated = async <Results>(...args: readonly string[]) =>
  JSON.parse(await done(...args, '--json')) as Evaluation<Results>;

/** Text of every file below a folder, by its path. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = names.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}
const page = () => readFileSync(join(run, 'report.html'), 'utf8');
const count = (text: string, part: string) => text.split(part).length - 1;

test('raw pixels stand beside the encoder and in the card, whichever features are asked for', async () => {
  const before = page();
  expect(count(before, '<th scope="row">raw pixels')).toBe(2); // of the probe and of the neighbors
  const cards = /<dl class="headline">.*<\/dl>/s.exec(before)![0];
  expect(count(cards, 'raw pixels ')).toBe(2);
  for (const [name, ...options] of [['probe'], ['knn'], ['knn', '--features', 'cls']]) {
    const { results } = await evaluated<ProbeResults>(name!, run, ...options);
    expect(Object.keys(results.features)).toContain('pixels');
    expect(results.best).not.toBe('pixels');
    expect(count(page(), '<th scope="row">raw pixels')).toBe(2);
    expect(/<dl class="headline">.*<\/dl>/s.exec(page())![0]).toBe(cards);
  }
});

test('no command takes away what another has found', async () => {
  const others = join(place.folder, 'others');
  mkdirSync(others);
  for (let at = 0; at < 5; at++) {
    const background = { r: 40 * at, g: 40 * at, b: 40 * at };
    const file = join(others, `${at}.png`);
    await sharp({ create: { width: 20, height: 20, channels: 3, background } })
      .png()
      .toFile(file);
  }
  const picture = join(place.pictures, 'red-things', 'p0.png');
  const outliers = `evaluation.outliers=[{"kind":"folder","path":"${others}","captions":"none"}]`;
  const commands = [
    ['probe', run],
    ['probe', run, '--reference', '--epochs', '9', '--batch', '8'],
    ['knn', run],
    ['finetune', run, '--epochs', '1'],
    ['ood', run, '--set', outliers],
    ['attention', run],
    ['attention', run, '--image', picture, '--caption', 'red square'],
    ['retrieve', run, '--pictures', '4'],
    ['embed', run],
    ['reconstruct', run],
    ['reconstruct', run, '--image', picture, '--caption', 'red square'],
  ];
  const headings = () => page().match(/<h[23][^>]*>[^<]*<\/h[23]>/g)!;
  const evaluations = join(run, 'evaluations');
  for (const command of commands) {
    const [before, told] = [filesOf(evaluations), headings()];
    await done(...command);
    const after = filesOf(evaluations);
    expect(headings()).toEqual(expect.arrayContaining(told));
    const changed = Object.keys(before).filter((path) => after[path] !== before[path]);
    // What a command replaces is its own, of the same way of using it; here a picture of one's own is a first one.
    const own = command.includes('--image') ? 'none' : command[0]!;
    expect(changed.filter((path) => !path.startsWith(join(evaluations, own)))).toEqual([]);
  }
  expect(count(page(), '<h2')).toBeGreaterThan(9);
  const again = filesOf(evaluations);
  await done('attention', run, '--map', 'mean', '--pictures', '2');
  const own = join(evaluations, 'attention-picture');
  const pictures = Object.keys(again).filter((path) => path.startsWith(own));
  expect(pictures.length).toBeGreaterThan(3);
  for (const path of pictures) expect(filesOf(evaluations)[path]).toBe(again[path]);
}, 120_000);

test('an earlier checkpoint and other data stand aside', async () => {
  const evaluations = join(run, 'evaluations');
  const kept = filesOf(evaluations);
  const report = page();
  const early = join(run, 'checkpoints', 'step-00000003');
  expect(await done('probe', early)).toContain(join(evaluations, 'step-00000003', 'probe.json'));
  await done('attention', early);
  await done('reconstruct', early);
  await done('embed', early);
  await done('finetune', early, '--epochs', '1');
  expect(existsSync(join(run, 'finetune-step-00000003', 'config.json'))).toBe(true);
  const { results } = await evaluated<AttentionResults>('attention', early);
  const { file } = results.pictures[0]!;
  expect(file).toBe('step-00000003/attention-unseen/0.png');
  expect(existsSync(join(evaluations, file))).toBe(true);

  const elsewhere = join(place.folder, 'elsewhere');
  await writeLabeledPictures(elsewhere, 12);
  writeFileSync(join(elsewhere, 'red-things', 'p0.txt'), 'another caption');
  await done('knn', run, '--set', `data.source.path=${elsewhere}`);
  const aside = readdirSync(evaluations).filter((name) => name.startsWith('data-'));
  expect(aside).toHaveLength(1);
  expect(readdirSync(join(evaluations, aside[0]!))).toEqual(['knn.json']);
  expect(filesOf(evaluations)).toMatchObject(kept);
  expect(page()).toBe(report);

  // The same pictures in another place are still the run's own.
  const moved = join(place.folder, 'moved');
  renameSync(place.pictures, moved);
  try {
    await done('knn', run, '--neighbors', '1', '--set', `data.source.path=${moved}`);
    const { settings } = JSON.parse(kept[join(evaluations, 'knn.json')]!) as Evaluation;
    expect(settings.neighbors).not.toEqual([1]);
    const now = JSON.parse(readFileSync(join(evaluations, 'knn.json'), 'utf8')) as Evaluation;
    expect(now.settings.neighbors).toEqual([1]);
    expect(readdirSync(evaluations).filter((name) => name.startsWith('data-'))).toEqual(aside);
  } finally {
    renameSync(moved, place.pictures);
  }
}, 120_000);
