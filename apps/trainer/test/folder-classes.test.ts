import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniform } from '@m3ae/random';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyWorkplace } from './support/tiny-run.js';

const colours = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 40, 220] };

/** A picture of one colour with a little noise: pixels alone tell its class. */
async function writeSwatch(path: string, colour: readonly number[], seed: number): Promise<void> {
  const noise = uniform([11, seed], 20 * 24 * 3);
  const data = Uint8Array.from(noise, (value, at) => colour[at % 3]! + value * 20);
  await sharp(data, { raw: { width: 24, height: 20, channels: 3 } })
    .png()
    .toFile(path);
}

let place: Awaited<ReturnType<typeof tinyWorkplace>>;
beforeAll(async () => {
  place = await tinyWorkplace({ train: { steps: 4, batchSize: 8, threads: 1 } });
  const root = join(place.folder, 'classes');
  for (const [label, colour] of Object.entries(colours)) {
    mkdirSync(join(root, label), { recursive: true });
    for (let at = 0; at < 16; at++) {
      await writeSwatch(join(root, label, `${at}.png`), colour, at);
      writeFileSync(join(root, label, `${at}.txt`), `a ${label} square`);
    }
  }
  mkdirSync(join(root, 'alone'));
  await writeSwatch(join(root, 'alone', '0.png'), [120, 120, 120], 99);
  writeFileSync(join(root, 'alone', '0.txt'), 'a grey square');
});
afterAll(() => place.remove());

const source = (value: object) => ['--set', `data.source=${JSON.stringify({ kind: 'folder', ...value })}`];

interface Classified {
  readonly results: {
    readonly features: Record<
      string,
      { readonly tests: Record<string, { readonly top1: { value: number; count: number } }> }
    >;
  };
}

test('classes by sub-folder are probed and voted on; one example of a class does no harm', async () => {
  const out = place.out('classes');
  const { code, stderr } = await place.run(
    'pretrain',
    place.config,
    '--out',
    out,
    '--quiet',
    ...source({ path: './classes', labels: 'subfolder', validationShare: 0.4 }),
  );
  expect(stderr).not.toMatch(/must|m3ae:/);
  expect(code).toBe(0);
  for (const kind of ['probe', 'knn']) {
    const file = join(out, 'evaluations', `${kind}.json`);
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as Classified;
    const { top1 } = results.features.pixels!.tests.test!;
    expect(top1.count).toBeGreaterThan(5);
    // Red, green and blue are told apart by raw pixels; only the lonely picture can be in the way.
    expect(top1.value).toBeGreaterThanOrEqual(1 - 1 / top1.count);
    expect(results.features.mean!.tests.test!.top1.value).toBeGreaterThanOrEqual(0);
  }
}, 60_000);

test('missing classes and captions are listed, each fault once, before anything is trained', async () => {
  const rows = ['red', 'green', 'blue'].flatMap((label) =>
    Array.from({ length: 16 }, (_, at) => ({
      image: `${label}/${at}.png`,
      caption: label,
      ...(at > 0 && { label }),
    })),
  );
  const lines = [...rows, { image: 'nowhere.png', caption: 'gone', label: 'red' }];
  writeFileSync(
    join(place.folder, 'classes/classes.jsonl'),
    lines.map((row) => JSON.stringify(row)).join('\n'),
  );
  const { code, stderr } = await place.run(
    'pretrain',
    place.config,
    '--out',
    place.out('missing'),
    ...source({ path: './classes', captions: 'classes.jsonl', labels: 'column' }),
  );
  expect(code).toBe(2);
  const told = stderr.slice(stderr.indexOf('3 faults:')).trim().split('\n');
  expect(told).toEqual([
    '3 faults:',
    '  - The folder ./classes cannot be used: 1 caption has no picture: classes.jsonl:49 (nowhere.png). Add the pictures, remove the captions, or set allowMissingPictures.',
    '  - The folder ./classes cannot be used: 1 picture has no caption: alone/0.png. Add them, set allowMissingCaptions, or use captions: "none".',
    '  - The folder ./classes cannot be used: 4 pictures have no class: classes.jsonl:1, classes.jsonl:17, classes.jsonl:33, alone/0.png. Fill the label column.',
  ]);
}, 60_000);

test('without sub-folders the message says where to put classes', async () => {
  const { code, stderr } = await place.run(
    'pretrain',
    place.config,
    '--out',
    place.out('flat'),
    ...source({ path: './pictures', labels: 'subfolder' }),
  );
  expect(code).toBe(2);
  expect(stderr).toContain(
    'The folder ./pictures cannot be used: 40 pictures have no class: p0.png, p1.png, p10.png, ',
  );
  expect(stderr).toContain('and 20 more. Put each class into its own sub-folder.');
}, 60_000);
