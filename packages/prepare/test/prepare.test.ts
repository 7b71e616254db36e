import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Dataset,
  type DatasetSpec,
  measureChannels,
  openDataset,
  specOfAddress,
  Unreachable,
} from '@m3ae/datasets';
import { InvalidInput } from '@m3ae/errors';
import { resizeShorterSide } from '@m3ae/preprocess';
import { expect, test } from 'vitest';
import {
  type Dropped,
  inspectSources,
  prepareDataset,
  type PrepareOptions,
  type PreparedIndex,
} from '../src/index.js';
import { type Entry, fileOf, picture, temporaryFolder, writePictures } from './pictures.js';

/** Twelve pictures: some with one caption, some with two, one without, all with a class. */
async function twelve(): Promise<Entry[]> {
  return Promise.all(
    Array.from({ length: 12 }, async (_, at): Promise<Entry> => {
      const format = at % 2 === 0 ? 'png' : 'jpeg';
      const caption = [`a picture, number ${at}`, ['Ein Bild', `第${at}张图片`], ''][at % 3];
      return {
        name: `${at}.${format}`,
        file: await fileOf(picture(at, 40 + at, 30), format),
        caption,
        label: at < 5 ? 'few' : 'many',
        group: `pair ${Math.floor(at / 2)}`,
      };
    }),
  );
}

/** All that a reader can tell of a dataset. */
async function recordsOf(dataset: Dataset) {
  return Promise.all(
    Array.from({ length: dataset.length }, async (_, at) => ({
      captions: dataset.captions?.(at) ?? [dataset.caption(at)],
      label: dataset.classNames?.[dataset.labels![at]!],
      group: dataset.group?.(at),
      image: await dataset.image(at),
    })),
  );
}

const shardsOf = (folder: string, ending: string) =>
  readdirSync(folder).filter((name) => name.endsWith(ending));
const indexOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as PreparedIndex;
const droppedOf = (folder: string) =>
  readFileSync(join(folder, 'dropped.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Dropped);

test.each([
  ['webdataset', '.tar'],
  ['parquet', '.parquet'],
] as const)('%s: what is written opens as a source with the records of the input', async (to, ending) => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), await twelve());
  const out = join(folder, 'out');
  const withGroups = (address: string) => ({ ...specOfAddress(address), groupKey: 'group' }) as DatasetSpec; // of kinds that have it
  const grouped = withGroups(source);
  await prepareDataset([grouped], { out, to, shardMegabytes: 0.005 });
  const shards = shardsOf(out, ending);
  expect(shards.length).toBeGreaterThan(2);
  const written = await openDataset(withGroups(`${to}:${out}/*${ending}`));
  expect(await recordsOf(written)).toEqual(await recordsOf(await openDataset(grouped)));
});

test('hdf5: a row for each caption, and every class by its name', async () => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), await twelve());
  const out = join(folder, 'out');
  const grouped = { ...specOfAddress(source), groupKey: 'group' } as DatasetSpec; // its kind has it
  await prepareDataset([grouped], { out, to: 'hdf5', shardMegabytes: 0.005 });
  expect(shardsOf(out, '.h5').length).toBeGreaterThan(2);
  const written = await openDataset({ kind: 'hdf5', files: `${out}/*.h5`, groupKey: 'group' });
  const rows = (await recordsOf(await openDataset(grouped))).flatMap(({ captions, ...rest }) =>
    captions.map((caption) => ({ ...rest, captions: [caption] })),
  );
  expect(rows).toHaveLength(16);
  expect(await recordsOf(written)).toEqual(rows);
});

test('hdf5: classes that are numbers keep them', async () => {
  const folder = temporaryFolder();
  const entries = (await twelve()).map((entry, at) => ({ ...entry, label: String(7 * (at % 3)) }));
  const source = writePictures(join(folder, 'in'), entries);
  const out = join(folder, 'out');
  await prepareDataset([source], { out, to: 'hdf5', partition: 'train' });
  const written = await openDataset(`hdf5:${out}/*.h5`);
  expect(written.classNames).toEqual(['0', '7', '14']);
  const library = await import('h5wasm/node');
  await library.ready;
  const file = new library.File(join(out, 'shard-00000.h5'), 'r');
  expect(file.keys().sort()).toEqual(['train_caption', 'train_group', 'train_jpg', 'train_labels']);
  file.close();
});

test('checksums, index and statistics are those of the files', async () => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), await twelve());
  const out = join(folder, 'out');
  await prepareDataset([source], { out, to: 'webdataset', shardMegabytes: 0.01 });
  const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8').trim().split('\n');
  const names = sums.map((line) => line.slice(66));
  expect(names.sort()).toEqual(
    readdirSync(out)
      .filter((name) => name !== 'SHA256SUMS')
      .sort(),
  );
  for (const line of sums) {
    const bytes = readFileSync(join(out, line.slice(66)));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(line.slice(0, 64));
  }
  const { examples, shards, channels, totals } = indexOf(out);
  expect(examples).toBe(12);
  expect(shards.reduce((sum, shard) => sum + shard.examples, 0)).toBe(12);
  const measured = await measureChannels(await openDataset(source));
  expect(channels.mean).toEqual(measured.mean.map((value) => expect.closeTo(value, 12)));
  expect(channels.std).toEqual(measured.std.map((value) => expect.closeTo(value, 12)));
  expect(totals).toMatchObject({
    captions: 12,
    withoutCaption: 4,
    classes: { few: 5, many: 7 },
    dropped: {},
  });
  const { counts } = JSON.parse(readFileSync(join(out, 'vocabulary.json'), 'utf8')) as {
    counts: Record<string, number>;
  };
  expect(counts).toMatchObject({ picture: 4, number: 4, ein: 4, 6: 1 });
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('| many | 7 |');
});

test('larger pictures are made smaller by the resize of @m3ae/preprocess, others keep their bytes', async () => {
  const folder = temporaryFolder();
  const [large, small] = [picture(0, 60, 90), picture(1, 20, 33)];
  const entries = [
    { name: 'large.png', file: await fileOf(large) },
    { name: 'small.jpg', file: await fileOf(small, 'jpeg') },
  ];
  const source = writePictures(join(folder, 'in'), entries);
  const out = join(folder, 'out');
  await prepareDataset([source], { out, to: 'webdataset', shorterSide: 24, format: 'png' });
  const written = await openDataset(`webdataset:${out}/*.tar`);
  expect(await written.image(0)).toEqual(resizeShorterSide(large, 24));
  expect(Buffer.from((await written.imageBytes!(1))!)).toEqual(entries[1]!.file);
});

test('what is dropped is listed with its reason', async () => {
  const folder = temporaryFolder();
  const file = await fileOf(picture(0, 64, 48));
  const entries = [
    { name: 'kept.png', file, caption: 'a green hill far away' },
    { name: 'broken.png', file: file.subarray(0, 200), caption: 'a green hill far away' },
    { name: 'small.png', file: await fileOf(picture(1, 64, 20)), caption: 'a green hill far away' },
    { name: 'long.png', file: await fileOf(picture(2, 99, 32)), caption: 'a green hill far away' },
    { name: 'short.png', file: await fileOf(picture(3, 64, 48)), caption: 'hill' },
    { name: 'number.png', file: await fileOf(picture(4, 64, 48)), caption: 'DSC 00123 - 456 / 789' },
    { name: 'again.png', file: await fileOf(picture(5, 64, 48)), caption: 'hill hill hill of hill' },
    {
      name: 'one-of-two.png',
      file: await fileOf(picture(6, 64, 48)),
      caption: ['hill', '远处有一座绿色的山'],
    },
    { name: 'copy.jpg', file: await fileOf(picture(0, 128, 96), 'jpeg'), caption: 'a hill, larger' },
  ];
  const source = writePictures(join(folder, 'in'), entries);
  const out = join(folder, 'out');
  const rules = {
    minSide: 32,
    maxAspect: 3,
    minCaptionWords: 2,
    minLetterShare: 0.5,
    maxWordShare: 0.6,
    duplicateBits: 3,
  };
  await prepareDataset([source], { out, to: 'webdataset', ...rules });
  expect(droppedOf(out).map(({ place, reason }) => [place, reason])).toEqual([
    ['broken.png', 'unreadable'],
    ['small.png', 'small'],
    ['long.png', 'elongated'],
    ['short.png', 'caption'],
    ['number.png', 'caption'],
    ['again.png', 'caption'],
    ['copy.jpg', 'duplicate'],
  ]);
  expect(droppedOf(out).at(-1)!.detail).toContain('kept.png');
  expect(indexOf(out).totals.dropped).toEqual({
    unreadable: 1,
    small: 1,
    elongated: 1,
    caption: 3,
    duplicate: 1,
  });
  const written = await openDataset(`webdataset:${out}/*.tar`);
  expect(Array.from({ length: written.length }, (_, at) => written.caption(at))).toEqual([
    'a green hill far away',
    '远处有一座绿色的山',
  ]);
});

test('a seed shuffles, and every example is there once', async () => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), await twelve());
  const [plain, shuffled] = [join(folder, 'plain'), join(folder, 'shuffled')];
  await prepareDataset([source], { out: plain, to: 'webdataset' });
  await prepareDataset([source], { out: shuffled, to: 'webdataset', shuffleSeed: 1 });
  const names = async (out: string) => {
    const dataset = await openDataset(`webdataset:${out}/*.tar`);
    return Array.from({ length: dataset.length }, (_, at) => dataset.describe(at));
  };
  expect(await names(shuffled)).not.toEqual(await names(plain));
  expect((await names(shuffled)).sort()).toEqual(await names(plain));
});

test('a data set that is whole is left alone, one of other options is refused', async () => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), await twelve());
  const options: PrepareOptions = { out: join(folder, 'out'), to: 'webdataset' };
  await prepareDataset([source], options);
  expect((await prepareDataset([source], options)).index).toBeNull();
  await expect(prepareDataset([source], { ...options, minSide: 2 })).rejects.toThrow(/differs in minSide/);
  writeFileSync(join(folder, 'in', 'stray.txt'), '');
  await expect(prepareDataset([source], { ...options, out: join(folder, 'in') })).rejects.toThrow(
    /must be empty/,
  );
});

test('options are refused all at once', async () => {
  const bad = {
    out: '',
    to: 'zip',
    partition: 'train',
    shorterSide: 0,
    maxAspect: 0.5,
    duplicateBits: 9,
    minsize: 3,
  };
  const error = await prepareDataset(['folder:x'], bad as unknown as PrepareOptions).catch(
    (thrown) => thrown as unknown,
  );
  expect(error).toBeInstanceOf(InvalidInput);
  expect((error as InvalidInput).faults.map(({ path }) => path).sort()).toEqual(
    ['out', 'to', 'partition', 'shorterSide', 'maxAspect', 'duplicateBits', 'minsize'].sort(),
  );
});

test('a quality that would change no picture is refused', async () => {
  const options = { out: 'y', to: 'webdataset', quality: 50, shorterSide: 24, format: 'png' } as const;
  const error = await prepareDataset(['folder:x'], options).catch((thrown) => thrown as unknown);
  expect(error).toBeInstanceOf(InvalidInput);
  expect((error as InvalidInput).faults).toMatchObject([
    { path: 'quality', received: '50', remedy: 'Choose "jpeg" or "webp".' },
  ]);
});

test('of pictures that keep their size, quality is that of formats which no shard holds', async () => {
  const folder = temporaryFolder();
  const formats = ['jpeg', 'tiff'] as const;
  const entries = await Promise.all(
    formats.map(async (format, at) => ({
      name: `a.${format}`,
      file: await fileOf(picture(at, 60, 40), format),
      caption: `number ${at}`,
    })),
  );
  const source = writePictures(join(folder, 'in'), entries);
  const sizes = [30, 90].map(async (quality) => {
    const out = join(folder, `${quality}`);
    await prepareDataset([source], { out, to: 'webdataset', quality });
    const written = await openDataset(`webdataset:${out}/*.tar`);
    return Promise.all(formats.map(async (_, at) => (await written.imageBytes!(at))!.length));
  });
  const [low, high] = await Promise.all(sizes);
  expect([low![0], high![0]]).toEqual([entries[0]!.file.length, entries[0]!.file.length]);
  expect(low![1]).toBeLessThan(high![1]!);
});

test('a data set of which nothing is left is refused', async () => {
  const folder = temporaryFolder();
  const source = writePictures(join(folder, 'in'), (await twelve()).slice(0, 2));
  const out = join(folder, 'out');
  await expect(prepareDataset([source], { out, to: 'webdataset', minSide: 999 })).rejects.toThrow(
    /No example of 2 is left/,
  );
  await expect(prepareDataset([], { out, to: 'webdataset' })).rejects.toThrow(InvalidInput);
});

test.each(['webdataset', 'parquet', 'hdf5'] as const)(
  '%s: a source that cannot be reached ends the call, leaves no half-written file, and the next call goes on',
  async (to) => {
    const folder = temporaryFolder();
    const dataset = await openDataset(writePictures(join(folder, 'in'), await twelve()));
    const unreachable = new Unreachable('https://example.org/7', new Error('no route'));
    const broken: Dataset = {
      ...dataset,
      image: async (index) => {
        if (index === 7) throw unreachable;
        return dataset.image(index);
      },
    };
    const [out, whole] = [join(folder, 'out'), join(folder, 'whole')];
    await expect(prepareDataset([broken], { out, to, shardMegabytes: 0.005 })).rejects.toBe(unreachable);
    expect(readdirSync(out).filter((name) => name.endsWith('.part'))).toEqual([]);
    await expect(inspectSources([broken])).rejects.toBe(unreachable);
    await prepareDataset([dataset], { out, to, shardMegabytes: 0.005 });
    await prepareDataset([dataset], { out: whole, to, shardMegabytes: 0.005 });
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(
      readFileSync(join(whole, 'SHA256SUMS'), 'utf8'),
    );
  },
);
