import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { digestJson, makeFolder, removeLeftovers, writeWhole } from '@m3ae/checkpoint/files';
import type { GraphCache } from '@m3ae/compile';
import type { M3aeConfig } from '@m3ae/transformer';
import type { RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { ownDigest, versions } from './versions.js';

/** Where prepared graphs are kept, beside drawn emoji and unpacked archives. */
const usualFolder = '.cache/m3ae/graphs';

/** Bytes of a folder beyond which the graphs go that were not used for longest. A ViT-S step takes some 10 MB. */
const mostBytes = 2 ** 29;

const digestBytes = 32;
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** What {@link folderCache} works with. */
export interface FolderCacheOptions {
  readonly folder?: string;
  readonly mostBytes?: number;
}

/**
 * A cache of graphs in a folder: a file each, whose name is the digest of its key, and which begins with the digest of the rest. What is
 * damaged counts as missing; where nothing can be written nothing is kept. Processes may share it, as files appear whole, by rename.
 *
 * @param facts - Plain data that decides the graphs beside what `compile` knows; asked for once, when the cache is first used.
 */
export function folderCache(
  facts: () => unknown,
  { folder = usualFolder, mostBytes: most = mostBytes }: FolderCacheOptions = {},
): GraphCache {
  let known: unknown;
  const fileOf = (key: string) => join(folder, `${digestJson([(known ??= facts()), key])}.graph`);
  return {
    async read(key) {
      const path = fileOf(key);
      const bytes = await readFile(path).catch(() => undefined);
      const content = bytes?.subarray(digestBytes);
      if (!bytes || !content || !digestOf(content).equals(bytes.subarray(0, digestBytes))) return undefined;
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined); // another process may just have removed it
      return content;
    },
    async write(key, content) {
      try {
        makeFolder(folder);
        await removeLeftovers(folder);
        writeWhole(fileOf(key), Buffer.concat([digestOf(content), content]));
        removeOldest(folder, most);
      } catch {
        // A full disk or a folder of somebody else: the next start takes as long as this one.
      }
    },
  };
}

function removeOldest(folder: string, most: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.graph'))
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found ? [{ path, bytes: found.size, used: found.mtimeMs }] : [];
    })
    .sort((a, b) => b.used - a.used);
  let bytes = 0;
  for (const file of files) {
    bytes += file.bytes;
    if (bytes > most) rmSync(file.path, { force: true });
  }
}

/** What decides the graphs of any program here: the code, and on what it runs. */
export const graphFacts = () => ({ versions: versions(), code: ownDigest() });

/** The cache of a run: all settings and facts count but those that say what is done beside computing. */
export function cacheOf(
  { config, data }: RunRecord<TrainerConfig>,
  model: M3aeConfig,
  options?: FolderCacheOptions,
): GraphCache {
  const beside = new Set(['name', 'seed', 'log', 'checkpoint', 'report', 'evaluation', 'distributed']);
  const settings = Object.entries(config).filter(([name]) => !beside.has(name));
  return folderCache(() => ({ ...graphFacts(), settings, data, model }), options);
}
