import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLoader } from '@m3ae/datasets';
import { key } from '@m3ae/random';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { messageOfRejection, temporaryFolder } from '../../datasets/test/temporary.js';
import { workerFromSource } from '../../datasets/test/worker-from-source.js';
import { iconCredits, open, openIcons } from '../src/index.js';
import { packageFolder } from '../src/packages.js';

const worker = workerFromSource();
const options = { image: { size: 16, patchSize: 8 }, key: key(1) };

describe('icons', () => {
  const spec = { kind: 'icons', set: 'circle-flags', size: 16 } as const;

  test('every icon of a set is drawn once, named in words, and kept', async () => {
    const cacheFolder = await temporaryFolder();
    let drawn = 0;
    const flags = await openIcons({ ...spec, cacheFolder }, () => drawn++);
    const { icons, width, height } = JSON.parse(
      await readFile(join(packageFolder('@iconify-json/circle-flags'), 'icons.json'), 'utf8'),
    ) as { icons: Record<string, { body: string; hidden?: boolean }>; width?: number; height?: number };
    const names = Object.keys(icons).filter((name) => !icons[name]!.hidden);
    expect(flags.length).toBe(names.length);
    expect(drawn).toBe(names.length);
    expect(flags).toMatchObject({ name: 'icons/circle-flags', kind: 'paired', labels: undefined });
    const place = names.indexOf('us-ca');
    expect(flags.caption(place)).toBe('us ca');
    expect(flags.describe(place)).toBe('circle-flags us-ca');
    // The other way: an SVG file of its own, drawn by sharp alone, in the middle of the picture.
    const jp = names.indexOf('jp');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width ?? 16} ${height ?? 16}" width="16" height="16">${icons.jp!.body}</svg>`;
    const expected = await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).raw().toBuffer();
    expect(Buffer.from((await flags.image(jp)).data).equals(expected)).toBe(true);
    const [red, green] = (await flags.image(jp)).data.subarray((8 * 16 + 8) * 3);
    expect([red! > 180, green! < 80]).toEqual([true, true]); // The sun of Japan.

    const again = await open({ ...spec, cacheFolder }, () => drawn++);
    expect(drawn).toBe(names.length);
    expect(again.fingerprint).toBe(flags.fingerprint);
    const loaders = [0, 1].map((workers) =>
      createLoader(again, { ...options, workers, workerFile: worker.file }),
    );
    const request = { step: 0, indices: Int32Array.of(jp, 3) };
    expect(await loaders[1]!.load(request)).toEqual(await loaders[0]!.load(request));
    await loaders[1]!.close();
  });

  test('a set that is not installed is named with its npm command; other names are refused', async () => {
    const cacheFolder = await temporaryFolder();
    await expect(openIcons({ kind: 'icons', set: 'not-there', cacheFolder })).rejects.toThrow(
      'The package @iconify-json/not-there holds data this dataset needs and is not installed. Run: npm i @iconify-json/not-there',
    );
    const message = await messageOfRejection(
      openIcons({ kind: 'icons', set: '../noto', cacheFolder: '', size: 4 }),
    );
    expect(message.split('\n')).toEqual([
      'set must be the name of an Iconify set; received ../noto. Write e.g. "logos" or "circle-flags".',
      'cacheFolder must be a folder path; received "". Name a folder for the rendered pictures, e.g. "cache/emoji".',
      'size must be an integer from 8 to 512; received 4. Pass a side in pixels, e.g. 64.',
    ]);
  });

  test('the dataset card names the sets with author and license', async () => {
    const card = await readFile(new URL('../DATASET-CARD.md', import.meta.url), 'utf8');
    const rows = card.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const { set, title, author, authorUrl, license, source } of iconCredits(['logos', 'circle-flags'])) {
      const [, , name, by, under, from] = rows.find((cells) => cells[1] === `\`${set}\``)!;
      expect(name).toBe(title);
      expect(by).toBe(`[${author}](${authorUrl})`);
      expect(under).toContain(license);
      expect(source.startsWith(from!.replaceAll('`', ''))).toBe(true);
    }
  });
});
