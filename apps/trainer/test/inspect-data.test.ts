import { copyFileSync, cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder } from '@m3ae/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-inspect-'));
const pictures = join(folder, 'pictures');
const config = join(folder, 'tiny.json');
beforeAll(async () => {
  await writeLabeledPictures(pictures, 12);
  writeFileSync(config, JSON.stringify(labeledConfig(pictures)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sheet = join(folder, 'sheet.png');
const settings = (...changes: readonly string[]) => changes.flatMap((change) => ['--set', change]);

/** What `m3ae data` tells a person and a program. */
async function told(...changes: readonly string[]) {
  const args = ['data', config, '--sheet', sheet, ...settings(...changes)];
  const plain = await runCommand(...args);
  expect([plain.code, plain.stderr]).toEqual([0, '']);
  const { stdout } = await runCommand(...args, '--json');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; name: string; value: unknown });
  const facts = Object.fromEntries(
    events.filter(({ event }) => event === 'fact').map(({ name, value }) => [name, value]),
  );
  return { lines: plain.stdout.split('\n'), facts };
}

interface Sample {
  readonly place: string;
  readonly caption: string;
  readonly label?: string;
}

test('lists classes with their pictures in each part', async () => {
  const { lines, facts } = await told();
  const classes = facts.classes as { name: string; counts: number[] }[];
  expect(classes.map(({ name }) => name)).toEqual(['blue-things', 'green-things', 'red-things']);
  expect(classes.map(({ counts }) => counts.reduce((sum, count) => sum + count))).toEqual([12, 12, 12]);
  const kept = await openFolder({
    kind: 'folder',
    path: pictures,
    split: 'validation',
    validationShare: 0.4,
  });
  const ofBlue = (odd: number) =>
    Array.from({ length: kept.length }, (_, index) => index).filter(
      (index) => index % 2 === odd && kept.describe(index).startsWith('blue-things/'),
    ).length;
  expect(classes[0]!.counts.slice(1)).toEqual([ofBlue(0), ofBlue(1)]);
  const row = lines.find((line) => line.startsWith('  blue-things'))!;
  expect(row.trim().split(/ +/)).toEqual(['blue-things', ...classes[0]!.counts.map(String)]);
}, 30_000);

test('reads the pictures of every part, and says where a run would stop', async () => {
  const broken = join(folder, 'broken');
  cpSync(pictures, broken, { recursive: true });
  const names = async (split: 'train' | 'validation') => {
    const part = await openFolder({ kind: 'folder', path: broken, split, validationShare: 0.4 });
    return Array.from({ length: part.length }, (_, index) => part.describe(index));
  };
  const [first] = await names('train');
  const kept = await names('validation');
  const emptied = [first!, kept[0]!, kept[1]!, kept[3]!]; // training, validation, test, test
  emptied.forEach((name) => truncateSync(join(broken, name), 0));
  const { lines, facts } = await told(`data.source.path=${broken}`);
  expect((facts.unreadable as { place: string }[]).map(({ place }) => place)).toEqual(emptied);
  const read = lines.filter((line) => line.startsWith('Read '));
  expect(read.map((line) => /\(([a-z ]+)\).* (\d+) unreadable$/.exec(line)!.slice(1))).toEqual([
    ['training', '1'],
    ['validation', '1'],
    ['unseen pictures', '2'],
  ]);
  const stops = lines.findIndex((line) => line.includes('More than data.maxBadShare = 0.01 allows'));
  expect(lines.slice(0, stops).filter((line) => line.startsWith('Read '))).toHaveLength(3);
  expect(facts.duplicates).toEqual([]); // empty files are alike, but no pictures
}, 30_000);

test('counts duplicates, and those that are on both sides of a split', async () => {
  const doubled = join(folder, 'doubled');
  cpSync(pictures, doubled, { recursive: true });
  const kept = await openFolder({ kind: 'folder', path: doubled, split: 'validation', validationShare: 0.4 });
  const train = await openFolder({ kind: 'folder', path: doubled, split: 'train', validationShare: 0.4 });
  const copy = (from: string, to: string) => copyFileSync(join(doubled, from), join(doubled, to));
  copy(train.describe(0), train.describe(3)); // within the training part
  copy(train.describe(1), kept.describe(1)); // from the training part into the test part
  const { lines, facts } = await told(`data.source.path=${doubled}`);
  expect(facts.duplicates).toEqual([
    [
      { part: 'train', place: train.describe(0) },
      { part: 'train', place: train.describe(3) },
    ],
    [
      { part: 'train', place: train.describe(1) },
      { part: 'test', place: kept.describe(1) },
    ],
  ]);
  const at = lines.findIndex((line) => line.startsWith('Duplicates: 2 pictures have'));
  expect(lines[at + 1]).toContain(`more than one part`);
  expect(lines[at + 1]).toContain(`${train.describe(1)} = ${kept.describe(1)}`);
}, 30_000);

test('the sheet shows each picture above its class and caption', async () => {
  const { lines, facts } = await told();
  const samples = facts.samples as Sample[];
  for (const { place, caption, label } of samples) {
    const [colour] = place.split('-');
    expect([label, caption.split(' ')[0]]).toEqual([`${colour}-things`, colour]);
  }
  const printed = lines.filter((line) => /^ {2}\S+\.png {2}class /.test(line));
  expect(printed).toHaveLength(5);
  expect(printed[0]).toBe(`  ${samples[0]!.place}  class ${samples[0]!.label}  "${samples[0]!.caption}"`);
  // Tiles of 112 pixels, 10 apart; text stands in the 30 rows below a picture, and nowhere between two columns.
  const { data, info } = await sharp(sheet).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(10 + 8 * 122);
  const dark = (left: number, top: number, width: number, height: number) => {
    let count = 0;
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) count += Number(data[(y * info.width + x) * 3]! < 128);
    return count;
  };
  for (let column = 0; column < 8; column++) {
    expect(dark(10 + column * 122, 10 + 112 + 4, 112, 30)).toBeGreaterThan(50);
    expect(dark(column * 122, 0, 10, 160)).toBe(0);
  }
}, 30_000);

test('a method that reads no captions says so, instead of counting pieces', async () => {
  const { lines, facts } = await told('method=mae');
  const text = lines.join('\n');
  expect(text).toContain('Captions: not read, as method "mae" trains on pictures alone');
  expect(text).not.toContain('Vocabulary');
  expect(text).not.toContain('"red');
  expect(facts).not.toHaveProperty('captions');
}, 30_000);

test('pictures without captions are refused where the method learns from text', async () => {
  const { code, stderr } = await runCommand('data', config, ...settings('data.source.captions=none'));
  expect(code).toBe(2);
  expect(stderr).toContain(
    'data.source must be a source with captions for method "m3ae"; received folder (folder/train)',
  );
  expect(stderr).toContain('method: "mae"');
}, 30_000);
