import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../src/config/schema.js';
import { cacheOf, folderCache } from '../src/run/graph-cache.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

/** What a disk answers to a write. */
const disk = vi.hoisted(() => ({ code: null as string | null }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    writeFileSync: (...args: Parameters<typeof real.writeFileSync>) => {
      if (disk.code !== null) throw Object.assign(new Error(disk.code), { code: disk.code });
      return real.writeFileSync(...args);
    },
  };
});

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

describe('a folder of graphs', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'graphs-')), 'a', 'b');
  });
  const only = () => join(folder, readdirSync(folder)[0]!);

  test('gives back what was written under the same key and facts, and nothing else', async () => {
    const cache = folderCache(() => ({ a: 1 }), { folder });
    expect(await cache.read('key')).toBeUndefined();
    await cache.write('key', bytes);
    expect(new Uint8Array((await cache.read('key'))!)).toEqual(bytes);
    expect(await cache.read('another')).toBeUndefined();
    expect(await folderCache(() => ({ a: 2 }), { folder }).read('key')).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test.each<[string, (path: string) => void]>([
    ['one byte is another', (path) => flip(path, 500)],
    ['its checksum is another', (path) => flip(path, 3)],
    ['it is cut', (path) => truncateSync(path, 700)],
    ['it is empty', (path) => truncateSync(path, 0)],
  ])('a file counts as missing where %s', async (_, damage) => {
    const cache = folderCache(() => ({}), { folder });
    await cache.write('key', bytes);
    damage(only());
    expect(await cache.read('key')).toBeUndefined();
    await cache.write('key', bytes);
    expect(new Uint8Array((await cache.read('key'))!)).toEqual(bytes);
  });

  test.each(['ENOSPC', 'EROFS', 'EACCES'])('where a write fails with %s nothing is kept', async (code) => {
    const cache = folderCache(() => ({}), { folder });
    disk.code = code;
    await cache.write('key', bytes);
    disk.code = null;
    expect(await cache.read('key')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    const below = folderCache(() => ({}), { folder: join(import.meta.filename, 'below-a-file') });
    await below.write('key', bytes);
    expect(await below.read('key')).toBeUndefined();
  });

  test('where a folder has the name of a file, nothing is kept', async () => {
    const cache = folderCache(() => ({}), { folder });
    await cache.write('key', bytes);
    const path = only();
    rmSync(path);
    mkdirSync(path);
    await cache.write('key', bytes);
    expect(await cache.read('key')).toBeUndefined();
  });

  test('those that were not used for longest make room, and what a killed process left', async () => {
    const cache = folderCache(() => ({}), { folder, mostBytes: 2500 });
    await cache.write('first', bytes);
    utimesSync(only(), 1, 1);
    await cache.write('second', bytes);
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 2, 2);
    await cache.read('first'); // used now
    writeFileSync(join(folder, 'x.graph.999999999.part'), bytes);
    await cache.write('third', bytes);
    const left = await Promise.all(['first', 'second', 'third'].map((key) => cache.read(key)));
    expect(left.map((each) => each !== undefined)).toEqual([true, false, true]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test('each fact of a run decides, but those that say what is done beside computing', async () => {
    const config = { name: 'a', seed: 1, train: { recompute: 'none' }, loss: { textWeight: 0.5 } };
    const data = { vocabSize: 10, trainLength: 3, fingerprints: { train: 'f' } };
    const written = (change: object, model: object = { depth: 2 }) =>
      cacheOf({ config, data, ...change } as unknown as RunRecord<TrainerConfig>, model as never, { folder });
    await written({}).write('key', bytes);
    const isThere = async (...args: Parameters<typeof written>) =>
      (await written(...args).read('key')) !== undefined;
    expect(await isThere({})).toBe(true);
    expect(await isThere({ config: { ...config, name: 'b', seed: 2, log: { everySteps: 3 } } })).toBe(true);
    expect(await isThere({ config: { ...config, train: { recompute: 'blocks' } } })).toBe(false);
    expect(await isThere({ config: { ...config, loss: { textWeight: 1 } } })).toBe(false);
    expect(await isThere({ data: { ...data, vocabSize: 11 } })).toBe(false);
    expect(await isThere({ data: { ...data, fingerprints: { train: 'g' } } })).toBe(false);
    expect(await isThere({}, { depth: 3 })).toBe(false);
  });
});

function flip(path: string, place: number): void {
  const content = readFileSync(path);
  content[place]! ^= 1;
  writeFileSync(path, content);
}

describe('runs that share a cache', () => {
  const places: Awaited<ReturnType<typeof tinyWorkplace>>[] = [];
  afterAll(() => places.forEach((place) => place.remove()));

  test('two at once, a third from the cache and one without give the same bits', async () => {
    const place = await tinyWorkplace({
      train: { steps: 4, batchSize: 8, threads: 1 },
      evaluation: { enabled: false },
    });
    places.push(place);
    const graphs = join(place.folder, '.cache', 'm3ae', 'graphs');
    const run = (out: string, ...more: string[]) =>
      place.run('pretrain', place.config, '--out', place.out(out), '--quiet', ...more);
    const without = await run('without', '--no-cache');
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(graphs)).toBe(false);
    expect((await Promise.all([run('one'), run('two')])).map(({ code }) => code)).toEqual([0, 0]);
    const kept = readdirSync(graphs);
    expect(kept.filter((name) => !name.endsWith('.graph'))).toEqual([]);
    cpSync(graphs, `${graphs}-before`, { recursive: true });
    expect((await run('third')).code).toBe(0);
    expect(readdirSync(graphs)).toEqual(kept);
    const results = await Promise.all(
      ['without', 'one', 'two', 'third'].map((name) => resultOf(place.out(name))),
    );
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  }, 120_000);
});
