import {
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
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { folderCache } from '../src/files.js';

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

describe('a cache in a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'm3ae-cache-')), 'a', 'b');
  });
  const only = () => join(folder, readdirSync(folder)[0]!);

  test('gives back what was written under the same key and facts, and nothing else', async () => {
    const cache = folderCache(folder, () => ({ a: 1 }));
    expect(await cache.read('key')).toBeUndefined();
    await cache.write('key', bytes);
    expect(new Uint8Array((await cache.read('key'))!)).toEqual(bytes);
    expect(await cache.read('another')).toBeUndefined();
    expect(await folderCache(folder, () => ({ a: 2 })).read('key')).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test.each<[string, (path: string) => void]>([
    ['one byte is another', (path) => flip(path, 500)],
    ['its checksum is another', (path) => flip(path, 3)],
    ['it is cut', (path) => truncateSync(path, 700)],
    ['it is empty', (path) => truncateSync(path, 0)],
  ])('a file counts as missing where %s', async (_, damage) => {
    const cache = folderCache(folder, () => ({}));
    await cache.write('key', bytes);
    damage(only());
    expect(await cache.read('key')).toBeUndefined();
    await cache.write('key', bytes);
    expect(new Uint8Array((await cache.read('key'))!)).toEqual(bytes);
  });

  test.each(['ENOSPC', 'EROFS', 'EACCES'])('where a write fails with %s nothing is kept', async (code) => {
    const cache = folderCache(folder, () => ({}));
    disk.code = code;
    await cache.write('key', bytes);
    disk.code = null;
    expect(await cache.read('key')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    const below = folderCache(join(import.meta.filename, 'below-a-file'), () => ({}));
    await below.write('key', bytes);
    expect(await below.read('key')).toBeUndefined();
  });

  test('where a folder has the name of a file, nothing is kept', async () => {
    const cache = folderCache(folder, () => ({}));
    await cache.write('key', bytes);
    const path = only();
    rmSync(path);
    mkdirSync(path);
    await cache.write('key', bytes);
    expect(await cache.read('key')).toBeUndefined();
  });

  test('those that were not used for longest make room, and what a killed process left', async () => {
    const cache = folderCache(folder, () => ({}), { mostBytes: 2500 });
    await cache.write('first', bytes);
    utimesSync(only(), 1, 1);
    await cache.write('second', bytes);
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 2, 2);
    await cache.read('first'); // used now
    writeFileSync(join(folder, 'x.bin.999999999.part'), bytes);
    await cache.write('third', bytes);
    const left = await Promise.all(['first', 'second', 'third'].map((key) => cache.read(key)));
    expect(left.map((each) => each !== undefined)).toEqual([true, false, true]);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});

function flip(path: string, place: number): void {
  const content = readFileSync(path);
  content[place]! ^= 1;
  writeFileSync(path, content);
}
