import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { resolveConfig } from '../src/config/resolve.js';
import { licensesOf } from '../src/run/finish.js';
import { refuseUnfit } from '../src/run/checks.js';
import { openOutlierSets, openSceneSplits, openSources } from '../src/run/sources.js';
import { writePictures } from './support/tiny-run.js';

/** Fixtures of the package that reads them. */
const datasets = fileURLToPath(new URL('../../../packages/datasets/test/fixtures', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'm3ae-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const progress = createProgress({ quiet: true, json: false, output: process.stdout, clock: () => 0 });

const drawings = { cacheFolder: join(folder, 'cache'), size: 16, vendors: ['emojione'] };
const emoji = { kind: 'emoji', ...drawings };
const scenes = { kind: 'scenes', ...drawings, length: 50 };
const tiny = { image: { size: 16, patchSize: 8 }, model: { size: 'small' }, train: { steps: 1 } };
const config = (data: object, evaluation: object = {}) => resolveConfig({ ...tiny, data, evaluation });

describe('sources of a run', () => {
  test('emoji and scenes are joined to train on; probes learn from the emoji alone', async () => {
    const alone = await openSources(config({ source: emoji }), progress);
    expect(alone.labeled).toBe(alone.train);
    const both = await openSources(config({ source: emoji, extra: [scenes] }), progress);
    expect(both.train.dataset.name).toBe('emoji/train + scenes/train');
    expect(both.train.indices.length).toBe(alone.train.indices.length + 50);
    expect(both.train.dataset.labels).toBeUndefined();
    expect(both.labeled!.dataset.fingerprint).toBe(alone.train.dataset.fingerprint);
    expect(both.validation!.dataset.fingerprint).toBe(alone.validation!.dataset.fingerprint);
    expect(both.tests.map(({ name }) => name)).toEqual(['unseenEmoji', 'unseenDrawing']);
  });

  test('a run of scenes is measured on the same emoji', async () => {
    const alone = await openSources(config({ source: emoji }), progress);
    const { train, labeled, tests } = await openSources(config({ source: scenes }), progress);
    expect([train.dataset.name, train.indices.length]).toEqual(['scenes/train', 50]);
    expect(labeled!.dataset.labels).toEqual(alone.train.dataset.labels);
    expect(tests.map(({ dataset }) => dataset.length)).toEqual(
      alone.tests.map(({ dataset }) => dataset.length),
    );
  });

  test('scenes to measure attention on hold nothing that was trained on', async () => {
    const parts = await openSceneSplits(config({ source: emoji }), progress, 20);
    const splits = Object.values(parts).map(({ name, indices, dataset }) => [
      name,
      indices.length,
      ...new Set(Array.from(indices, (index) => dataset.scene(index).parts[0]!.entry.split)),
    ]);
    expect(splits).toEqual([
      ['scenesValidation', 20, 'drawingValidation'],
      ['scenesUnseenDrawing', 20, 'drawingTest'],
      ['scenesUnseenEmoji', 20, 'test'],
    ]);
    const tagged = config({ source: emoji, extra: [{ ...scenes, separator: ', ' }] });
    expect((await openSceneSplits(tagged, progress, 5)).unseenEmoji.dataset.caption(0)).toContain(', ');
  });

  test('a folder keeps its halves', async () => {
    const path = join(folder, 'pictures');
    await writePictures(path, 30);
    const source = { kind: 'folder', path, validationShare: 0.4 };
    const { train, labeled, validation, tests } = await openSources(
      config({ source, extra: [scenes] }),
      progress,
    );
    expect(labeled).toBeNull();
    expect(train.indices.length).toBe(30 - validation!.dataset.length + 50);
    expect([...validation!.indices, ...tests[0]!.indices].sort((a, b) => a - b)).toEqual(
      Array.from({ length: validation!.dataset.length }, (_, index) => index),
    );
  });

  test('HDF5 files with parts are trained on one and measured on the other', async () => {
    const source = `hdf5:${join(datasets, 'hdf5/parts.h5')}`;
    const { train, validation, tests } = await openSources(config({ source }), progress);
    expect([train.indices.length, validation!.indices.length, tests[0]!.indices.length]).toEqual([3, 1, 1]);
    expect(train.dataset.classNames).toEqual(validation!.dataset.classNames);
    const pairs = { kind: 'hdf5', files: join(datasets, 'hdf5/pairs.h5'), validationShare: 0.4 };
    const shared = await openSources(config({ source: pairs }), progress);
    expect(shared.train.indices.length + shared.validation!.dataset.length).toBe(5);
    const data = { source: pairs, unpairedText: { kind: 'hdf5', files: join(datasets, 'hdf5/text.h5') } };
    const mixed = resolveConfig({ ...tiny, data, loss: { unpairedTextWeight: 0.5 } });
    expect((await openSources(mixed, progress)).unpairedText!.indices.length).toBe(4);
  });

  test('an archive whose server does not answer is left out, up to data.maxBadShare', async () => {
    const archive = readFileSync(join(datasets, 'webdataset/shard-000.tar'));
    const server = createServer((request, response) => {
      if (request.url!.endsWith('1.tar')) response.writeHead(503, { 'retry-after': '0' }).end();
      else response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const source = {
      kind: 'webdataset',
      shards: `http://127.0.0.1:${port}/{0..1}.tar`,
      cacheFolder: join(folder, 'shards'),
      validationShare: 0.4,
    };
    try {
      const { train, validation } = await openSources(config({ source, maxBadShare: 0.5 }), progress);
      expect(train.dataset.length + validation!.dataset.length).toBe(3);
      expect(train.dataset.notes.map(({ code }) => code)).toContain('unreachable-file');
      await expect(openSources(config({ source }), progress)).rejects.toThrow(
        '1 file of 2 cannot be reached',
      );
    } finally {
      server.close();
    }
  });

  test('pictures without any text are refused for an M3AE, unless text comes from elsewhere', async () => {
    const path = join(folder, 'textless');
    await writePictures(path, 30);
    const source = { kind: 'folder', path, captions: 'none', validationShare: 0.4 };
    const of = async (data: object) => {
      const given = resolveConfig({ ...tiny, train: { steps: 1, batchSize: 4 }, data });
      return { given, sources: await openSources(given, progress) };
    };
    const bare = await of({ source });
    expect(() => refuseUnfit(bare.given, bare.sources)).toThrow('train on pictures alone with method: "mae"');
    expect(() => refuseUnfit({ ...bare.given, method: 'mae' }, bare.sources)).not.toThrow();
    // A run that an earlier version began may end.
    expect(() => refuseUnfit(bare.given, bare.sources, true)).not.toThrow();
    const { given, sources } = await of({ source, extra: [scenes] });
    expect(() => refuseUnfit(given, sources)).not.toThrow();
  });

  test('credits name every set once', () => {
    const names = licensesOf(config({ source: emoji, extra: [scenes, { kind: 'icons', set: 'logos' }] }));
    expect(names.map(({ name }) => name)).toEqual([
      'Emoji One (Colored)',
      'emojibase (names and tags, after Unicode CLDR)',
      'SVG Logos',
    ]);
  });
});

describe('sets from outside', () => {
  test('four are built in, and the config adds others under names of their own', async () => {
    const pictures = join(folder, 'my pictures');
    mkdirSync(pictures);
    await writePictures(pictures, 3);
    const images = join(folder, 't10k-images-idx3-ubyte');
    writeFileSync(images, Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 9]));
    const outliers = [
      { kind: 'idx', images },
      { kind: 'folder', path: pictures },
      { kind: 'icons', set: 'circle-flags', cacheFolder: drawings.cacheFolder, size: 16 },
      { kind: 'idx', images },
    ];
    const sets = await openOutlierSets(config({ source: emoji }, { outliers }), progress, true);
    expect(sets.map(({ name, dataset }) => [name, dataset.name])).toEqual([
      ['flags', 'emoji/flags'],
      ['openmoji', 'emoji/openmoji'],
      ['logos', 'icons/logos'],
      ['circleFlags', 'icons/circle-flags'],
      ['t10kImagesIdx3Ubyte', 'idx/t10k-images-idx3-ubyte'],
      ['myPictures', 'folder/all'],
      ['circleFlags2', 'icons/circle-flags'],
      ['t10kImagesIdx3Ubyte2', 'idx/t10k-images-idx3-ubyte'],
    ]);
    // OpenMoji's own drawings, although the run knows another vendor's alone.
    expect(sets[1]!.dataset.describe(0)).toMatch(/^openmoji /);
    expect(sets[0]!.dataset.describe(0)).toMatch(/^emojione /);
  }, 60_000);
});

describe('addresses', () => {
  const sourceOf = (source: unknown) => config({ source }).data.source;

  test('a text in a config is the spec that it stands for, with its defaults', () => {
    expect(sourceOf('webdataset:s/{00..09}.tar')).toEqual(
      sourceOf({ kind: 'webdataset', shards: 's/{00..09}.tar', validationShare: 0.1 }),
    );
    expect(sourceOf('folder:photos')).toEqual(sourceOf({ kind: 'folder', path: 'photos' }));
    const text = { kind: 'text', path: 'a.txt', unit: 'line' };
    const data = { source: emoji, unpairedText: 'text:a.txt', extra: ['csv:b.csv'] };
    const loss = { unpairedTextWeight: 0.5 };
    expect(resolveConfig({ ...tiny, data, loss }).data).toMatchObject({
      unpairedText: text,
      extra: [{ kind: 'table', path: 'b.csv' }],
    });
  });

  test('a table gives a run its parts, and one picture is in one of them only', async () => {
    const path = join(folder, 'table');
    await writePictures(path, 30);
    const rows = Array.from(
      { length: 60 },
      (_, row) => `p${row % 30}.png,caption ${row},${row % 2 ? 'odd' : 'even'}`,
    );
    writeFileSync(join(path, 'rows.csv'), ['file_name,text,class', ...rows].join('\n'));
    const opened = await openSources(config({ source: `csv:${join(path, 'rows.csv')}` }), progress);
    const parts = [opened.train, opened.validation!, ...opened.tests];
    const names = parts.flatMap(({ dataset, indices }) =>
      Array.from(indices, (index) => dataset.describe(index)),
    );
    expect([names.length, new Set(names).size]).toEqual([30, 30]);
    expect(opened.labeled).toBe(opened.train);
    expect(opened.train.dataset.drawCaption).toBeDefined();
  });
});

describe('bad input', () => {
  test('what the package finds wrong has the path of the config, and all of it is told at once', () => {
    const source = { kind: 'webdataset', shards: '', cachefolder: 'x', validationShare: 1 };
    const attempt = () => config({ source, unpairedText: { kind: 'text', path: 'a', unit: 'page' } });
    for (const path of ['source.shards', 'source.cachefolder', 'source.validationShare', 'unpairedText.unit'])
      expect(attempt).toThrow(`data.${path} must be`);
    expect(() => config({ source: 'photos' })).toThrow('data.source must be');
  });

  test.each([
    [
      { source: { kind: 'scenes', parts: [3, 2] } },
      'data.source.parts must be two rising integers from 1 to 4; received [3, 2].',
    ],
    [
      { source: { kind: 'scenes', side: [0.3, 0.9] } },
      'data.source.side must be two rising shares from 0.1 to 0.5; received [0.3, 0.9].',
    ],
    [
      { source: { kind: 'scenes', groups: [] } },
      /^data\.source\.groups must be a list of smileys-emotion, .*; received \[\]\. Leave it out for all of them\.$/,
    ],
    [
      { source: { kind: 'emoji', vendors: [] } },
      /^data\.source\.vendors must be a list of noto, .*; received \[\]\. Leave it out to use all of them\.$/,
    ],
    [
      { source: emoji, extra: { kind: 'scenes' } },
      'data.extra must be a list of sources; received {"kind":"scenes"}.',
    ],
    [
      { source: emoji, extra: [{ kind: 'icons' }] },
      'data.extra.0.set must be the name of an Iconify set; received nothing.',
    ],
    [
      { source: emoji, extra: [{ kind: 'video' }] },
      'data.extra.0.kind must be one of "folder", "table", "webdataset", "parquet", "hdf5", "idx", "module", "emoji", "scenes", "icons"; received "video".',
    ],
    [{ source: { ...emoji, dropTags: 1 } }, 'data.source.dropTags must be in [0, 1); received 1.'],
  ])('%j', (data, message) => {
    expect(() => config(data)).toThrow(message);
  });

  test('a set that is not installed is bad input, with the npm command', async () => {
    const data = { source: emoji, extra: [{ kind: 'icons', set: 'not-there' }] };
    const opening = openSources(config(data), progress);
    await expect(opening).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('Run: npm i @iconify-json/not-there') as string,
    });
  });
});
