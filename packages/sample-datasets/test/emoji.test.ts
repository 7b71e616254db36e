import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { createLoader } from '@m3ae/datasets';
import { messageOfRejection, temporaryFolder } from '../../datasets/test/temporary.js';
import { workerFromSource } from '../../datasets/test/worker-from-source.js';
import { emojiCredits, emojiSplits, emojiVendors, open, openEmoji } from '../src/index.js';
import { createDrawingReader } from '../src/emoji/art.js';
import { openCache } from '../src/emoji/open-emoji.js';
import { readCatalog, splitOf } from '../src/emoji/catalog.js';
import { packageFolder } from '../src/packages.js';
import { renderDrawings } from '../src/cache/render.js';
import { resolveEmojiSpec } from '../src/emoji/spec.js';

const worker = workerFromSource();
const isFlag = ({ group }: { group: number }): boolean => group === 9;
const catalog = readCatalog();
const readDrawings = createDrawingReader(catalog);
const drawings = new Map(emojiVendors.map((vendor) => [vendor, readDrawings(vendor)]));

describe('catalog', () => {
  test('holds the ten groups and a hundred subgroups of Unicode', () => {
    expect(catalog.groups).toHaveLength(10);
    expect(catalog.subgroups).toHaveLength(100);
    const nerd = catalog.entries.get('1f913')!;
    expect(nerd).toMatchObject({ label: 'nerd face', group: 0, skinTone: false });
    expect(catalog.subgroups[nerd.subgroup]).toBe('face-glasses');
    expect(nerd.tags).toContain('brainy');
  });

  test('a skin tone keeps the tags and the base of its emoji', () => {
    const wave = catalog.entries.get('1f44b-1f3fd')!;
    expect(wave).toMatchObject({
      baseCodePoints: '1f44b',
      label: 'waving hand: medium skin tone',
      skinTone: true,
    });
    expect(wave.tags).toEqual(catalog.entries.get('1f44b')!.tags);
  });
});

describe('drawings', () => {
  // Counted with a separate script over the packages' JSON files; openmoji and twemoji draw all of Unicode.
  test.each([
    ['noto', 1652],
    ['noto-v1', 1234],
    ['twemoji', 1914],
    ['openmoji', 1914],
    ['fluent-emoji-flat', 1594],
    ['emojione', 1368],
    ['fluent-emoji-3d', 1599],
  ] as const)('%s draws %d base emoji', (vendor, count) => {
    const base = drawings.get(vendor)!.filter(({ codePoints }) => !catalog.entries.get(codePoints)!.skinTone);
    expect(base).toHaveLength(count);
  });

  test('no vendor draws an emoji twice, and the 3-D set has no flags', () => {
    for (const list of drawings.values()) {
      expect(new Set(list.map(({ codePoints }) => codePoints)).size).toBe(list.length);
    }
    const flags = drawings
      .get('fluent-emoji-3d')!
      .filter((d) => catalog.entries.get(d.codePoints)!.group === 9);
    expect(flags).toEqual([]);
  });

  test('a set without a table of code points is named through the others', () => {
    // emojione calls the heart `red-heart` as noto does, and the flag `flag-for-japan` where others say `flag-japan`.
    const codes = drawings.get('emojione')!.map(({ codePoints }) => codePoints);
    expect(codes).toContain('2764');
    expect(codes).toContain('1f1ef-1f1f5');
  });
});

describe('splits', () => {
  const records = emojiVendors.flatMap((vendor) =>
    drawings.get(vendor)!.map(({ codePoints }) => {
      const entry = catalog.entries.get(codePoints)!;
      return { ...entry, vendor, split: splitOf(entry, vendor) };
    }),
  );

  test('no drawing or skin tone of an unseen emoji is trained on', () => {
    const seen = new Set(records.filter(({ split }) => split === 'train').map((r) => r.baseCodePoints));
    const unseen = records.filter(({ split }) => split === 'test' || split === 'validation');
    expect(unseen.length).toBeGreaterThan(2000);
    expect(unseen.filter(({ baseCodePoints }) => seen.has(baseCodePoints))).toEqual([]);
  });

  test('a held-out drawing is not trained on in any skin tone, though its emoji is', () => {
    const seen = new Set(
      records.filter((r) => r.split === 'train').map((r) => `${r.vendor} ${r.baseCodePoints}`),
    );
    const emoji = new Set(records.filter((r) => r.split === 'train').map((r) => r.baseCodePoints));
    const held = records.filter(({ split }) => split === 'drawingTest' || split === 'drawingValidation');
    expect(held.every((r) => !seen.has(`${r.vendor} ${r.baseCodePoints}`))).toBe(true);
    expect(held.filter((r) => emoji.has(r.baseCodePoints)).length / held.length).toBeGreaterThan(0.98);
  });

  test('flags and OpenMoji are held out whole', () => {
    const flags = records.filter(isFlag);
    const openmoji = records.filter((record) => record.vendor === 'openmoji' && !isFlag(record));
    expect(new Set(flags.map(({ split }) => split))).toEqual(new Set(['flags']));
    expect(new Set(openmoji.map(({ split }) => split))).toEqual(new Set(['openmoji']));
    const others = records.filter((record) => record.vendor !== 'openmoji' && !isFlag(record));
    expect(others.filter(({ split }) => split === 'flags' || split === 'openmoji')).toEqual([]);
  });

  test('shares are 80 / 10 / 10 by emoji, and 5 and 10 % of the training drawings are held out', () => {
    const emoji = [...catalog.entries.values()].filter(({ skinTone, group }) => !skinTone && group !== 9);
    const places = emoji.map((entry) => splitOf(entry, 'noto'));
    const share = (split: string): number => places.filter((place) => place === split).length / places.length;
    expect(share('validation')).toBeCloseTo(0.1, 1);
    expect(share('test')).toBeCloseTo(0.1, 1);
    expect(share('drawingTest')).toBeCloseTo(0.08, 1);
    expect(share('drawingValidation')).toBeCloseTo(0.04, 1);
  });

  test('are decided by SHA-256 of the code points', () => {
    const number = createHash('sha256').update('emoji 1f913').digest().readUInt32BE(0) / 2 ** 32;
    const split = splitOf({ baseCodePoints: '1f913', group: 0 }, 'noto');
    expect(['train', 'drawingTest', 'drawingValidation'].includes(split)).toBe(number < 0.8);
  });
});

test('the training part has the channel statistics of the design, within sampling', async () => {
  // design: mean (.8302, .7893, .7435), std (.2785, .2649, .3252) at 64 px on white; every 15th drawing here.
  const train = emojiVendors.flatMap((vendor) =>
    drawings.get(vendor)!.filter(({ codePoints }) => {
      const entry = catalog.entries.get(codePoints)!;
      return !entry.skinTone && splitOf(entry, vendor) === 'train';
    }),
  );
  const sample = train.filter((_, i) => i % 15 === 0);
  const pixels = await renderDrawings(sample, 64);
  [0.8302, 0.7893, 0.7435].forEach((mean, channel) => {
    const values = pixels.filter((_, i) => i % 3 === channel);
    const measured = values.reduce((sum, value) => sum + value, 0) / values.length / 255;
    expect(measured).toBeCloseTo(mean, 1);
    const variance = values.reduce((sum, value) => sum + (value / 255 - measured) ** 2, 0) / values.length;
    expect(Math.sqrt(variance)).toBeCloseTo([0.2785, 0.2649, 0.3252][channel]!, 1);
  });
});

describe('cache', () => {
  const few = { kind: 'emoji', vendors: ['twemoji'], size: 8, split: 'all' } as const;

  test('is rendered once, then read; rebuilt when damaged, shortened, or stale', async () => {
    const cacheFolder = await temporaryFolder();
    let rendered = 0;
    const open = async (): Promise<{ rendered: number; fingerprint: string; labels: string }> => {
      rendered = 0;
      const cache = await openCache(
        resolveEmojiSpec({ ...few, cacheFolder }),
        () => rendered++,
        () => () => drawings.get('twemoji')!.slice(0, 40),
      );
      return {
        rendered,
        fingerprint: cache.fingerprint,
        labels: cache.records.map(({ label }) => label).join(),
      };
    };
    const first = await open();
    const count = first.rendered;
    expect(count).toBeGreaterThan(20);
    expect(await open()).toEqual({ ...first, rendered: 0 });
    const names = (await readdir(cacheFolder)).sort();
    expect(names.join(' ')).toMatch(/^(emoji-[0-9a-f]{12})\.json \1\.pixels$/);

    const [index, pixels] = names.map((name) => join(cacheFolder, name)) as [string, string];
    const bytes = await readFile(pixels);
    expect(bytes.length).toBe(count * 8 * 8 * 3);
    const damaged = Buffer.from(bytes);
    damaged[1000]! ^= 1; // one bit
    await writeFile(pixels, damaged);
    expect(await open()).toEqual(first);
    expect(await readFile(pixels)).toEqual(bytes);
    await writeFile(pixels, bytes.subarray(0, -1));
    expect(await open()).toEqual(first);
    const json = await readFile(index, 'utf8');
    const label = first.labels.split(',')[0]!;
    await writeFile(index, json.replace(`"label":"${label}"`, '"label":"another"'));
    expect(await open()).toEqual(first);
    await writeFile(index, json.slice(0, 500));
    expect(await open()).toEqual(first);
    await rm(pixels);
    expect(await open()).toEqual(first);
    await rm(index);
    await writeFile(`${pixels}.999999999.tmp`, 'left by a process that was killed');
    expect((await Promise.all([open(), open(), open()])).map((opened) => opened.labels)).toEqual(
      Array(3).fill(first.labels),
    );
    expect(rendered).toBe(count); // Opened three times at once, rendered once.
    expect((await readdir(cacheFolder)).sort()).toEqual(names);
    // An index of other versions, honest about its own hash, is stale.
    const body = JSON.stringify({
      ...(JSON.parse(json.slice(65)) as object),
      fingerprint: 'of other versions',
    });
    await writeFile(index, `${createHash('sha256').update(body).digest('hex')}\n${body}`);
    expect(await open()).toEqual(first);
    expect(await readFile(index, 'utf8')).toBe(json);
  });

  test('a folder that cannot be written is refused before anything is rendered', async () => {
    const file = join(await temporaryFolder({ file: 'x' }), 'file');
    await expect(openEmoji({ ...few, cacheFolder: join(file, 'cache') })).rejects.toThrow(
      /cache must be writable; received ENOTDIR\. .* choose another folder\./,
    );
  });

  test('skin tones are an option, with a cache of their own', async () => {
    const cacheFolder = await temporaryFolder();
    const wave = drawings.get('twemoji')!.filter(({ codePoints }) => codePoints.startsWith('1f44b'));
    const open = (skinTones: boolean): ReturnType<typeof openCache> =>
      openCache(resolveEmojiSpec({ ...few, cacheFolder, skinTones }), undefined, () => () => wave);
    expect((await open(false)).records).toHaveLength(1);
    const { records } = await open(true);
    expect(records).toHaveLength(6);
    expect(new Set(records.map(({ split }) => split)).size).toBe(1);
    expect(await readdir(cacheFolder)).toHaveLength(4);
  });

  test('splits, labels and separators are views of one cache of real drawings', async () => {
    const spec = {
      kind: 'emoji',
      vendors: ['emojione'],
      size: 16,
      cacheFolder: await temporaryFolder(),
    } as const;
    const all = await openEmoji({ ...spec, split: 'all' });
    let total = 0;
    for (const split of emojiSplits) {
      if (split === 'openmoji') continue;
      const part = await openEmoji({ ...spec, split });
      expect(part.records.every((record) => record.split === split)).toBe(true);
      // The same picture by the other way: one split reads rows of the file that all have.
      const there = all.records.findIndex(({ codePoints }) => codePoints === part.records.at(-1)!.codePoints);
      expect(await part.image(part.length - 1)).toEqual(await all.image(there));
      total += part.length;
    }
    expect(total).toBe(1368);
    const wave = all.records.findIndex(({ codePoints }) => codePoints === '1f44b');
    expect(all.caption(wave)).toMatch(/^waving hand, bye, cya, /);
    expect(all.classNames![all.labels![wave]!]).toBe('hand-fingers-open');
    expect(all.describe(wave)).toBe('emojione 1f44b (waving hand)');
    const view = await openEmoji({ ...spec, split: 'all', captionSeparator: ' ', labels: 'group' });
    expect(view.caption(wave)).toMatch(/^waving hand bye cya /);
    expect(view.classNames![view.labels![wave]!]).toBe('people-body');
    expect(view.fingerprint).not.toBe(all.fingerprint);

    const { data, width } = await all.image(all.records.findIndex(({ codePoints }) => codePoints === '2764'));
    const pixel = (x: number, y: number): number[] => [
      ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
    ];
    expect(pixel(0, 15)).toEqual([255, 255, 255]); // The red heart is red on white.
    const [red, green, blue] = pixel(8, 8) as [number, number, number];
    expect(red - Math.max(green, blue)).toBeGreaterThan(80);

    const options = {
      image: { size: 16, patchSize: 4 },
      text: { maxLength: 8 },
      key: key(2),
      workerFile: worker.file,
    };
    const request = { step: 3, indices: Int32Array.of(0, 900, 1367) };
    const [here, there] = [0, 2].map((workers) => createLoader(all, { ...options, workers }));
    expect(await there!.load(request)).toEqual(await here!.load(request));
    await there!.close();

    await expect(openEmoji({ ...spec, split: 'openmoji' })).rejects.toThrow(
      'The split openmoji of the vendors emojione is empty. Add vendors.',
    );
  });
});

test('the dataset card names every set with its author and license', async () => {
  const card = await readFile(new URL('../DATASET-CARD.md', import.meta.url), 'utf8');
  const rows = card.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  for (const { vendor, title, author, authorUrl, license, source } of emojiCredits()) {
    const [, , set, by, under, from] = rows.find((cells) => cells[1] === `\`${vendor}\``)!;
    expect(set).toContain(title);
    expect(by).toBe(`[${author}](${authorUrl})`);
    expect(under!.replace(/^\[(.*)\]\(.*\)$/, '$1')).toBe(license);
    expect(source.startsWith(from!.replaceAll('`', ''))).toBe(true);
  }
});

describe('bad input', () => {
  test('all faults of a spec are reported at once, with the nearest name', async () => {
    const spec = {
      kind: 'emoji',
      cacheFolder: '',
      size: 4,
      split: 'tran',
      vendor: ['noto'],
      vendors: ['apple'],
    };
    const message = await messageOfRejection(open(spec as never));
    expect(message.split('\n')).toEqual([
      'vendor must be a known option; received vendor. Did you mean vendors?',
      'cacheFolder must be a folder path; received "". Name a folder that may hold about 140 MB, e.g. "cache/emoji".',
      `split must be one of all, ${emojiSplits.join(', ')}; received tran. Did you mean train? Train on "train"; choose settings on "validation".`,
      `vendors must be a list of ${emojiVendors.join(', ')}; received [apple]. Leave it out to use all of them.`,
      'size must be an integer from 8 to 512; received 4. Pass a side in pixels, e.g. 64.',
    ]);
  });

  test('a missing data package is named with its npm command', () => {
    expect(() => packageFolder('@iconify-json/not-there')).toThrow(
      'The package @iconify-json/not-there holds data this dataset needs and is not installed. Run: npm i @iconify-json/not-there',
    );
  });

  test('an unknown kind is refused', async () => {
    await expect(open({ kind: 'emojis' } as never)).rejects.toThrow(
      'kind must be "emoji", "scenes", "icons" or "wordnet"; received emojis. Choose one of them.',
    );
  });
});
