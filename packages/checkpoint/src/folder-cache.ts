import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { digestJson } from './digest.js';
import { removeLeftovers } from './leftovers.js';
import { writeWhole } from './whole-file.js';
import { makeFolder } from './writable.js';

const digestBytes = 32;
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Options of {@link folderCache}. */
export interface FolderCacheOptions {
  /** Bytes of the folder beyond which the files go that were not used for longest. Default 512 MiB. */
  readonly mostBytes?: number;
  /** Ending of its files' names; others in the folder are left alone. Default `.bin`. */
  readonly ending?: string;
}

/** Keeps bytes by key: what `compile` of `@m3ae/compile` takes as `cache`. */
export interface FolderCache {
  /** Nothing where there is none, or what there is is damaged. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Keeps it if it can. */
  write(key: string, content: Uint8Array): Promise<void>;
}

/**
 * A cache in a folder: a file for each key, whose name is the digest of the key and the facts, and which begins with the digest of the
 * rest. What is damaged counts as missing; where nothing can be written nothing is kept. Processes may share it, as files appear
 * whole, by rename.
 *
 * @param facts - Plain data on which the content depends beside the key; asked for once, when the cache is first used.
 *
 * @example
 * ```ts
 * const cache = folderCache('.cache/graphs', () => ({ version: '1.2.0' }));
 * const program = compile(step, { cache });
 * ```
 */
export function folderCache(
  folder: string,
  facts: () => unknown,
  { mostBytes = 2 ** 29, ending = '.bin' }: FolderCacheOptions = {},
): FolderCache {
  let known: unknown;
  const fileOf = (key: string) => join(folder, `${digestJson([(known ??= facts()), key])}${ending}`);
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
        removeOldest(folder, ending, mostBytes);
      } catch {
        // A full disk or a folder of somebody else: the next start takes as long as this one.
      }
    },
  };
}

function removeOldest(folder: string, ending: string, most: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
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
