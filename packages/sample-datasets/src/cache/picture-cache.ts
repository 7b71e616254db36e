import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestFile,
  digestJson,
  removeLeftovers,
  replaceFile,
  requireWritableFolder,
} from '@m3ae/checkpoint/files';
import { InvalidInput, isInvalidInput, unusable } from '@m3ae/errors';
import sharp from 'sharp';
import { packageVersion } from '../packages.js';

/** Pixel files whose hash this process has checked, with their state then: each split opens the same file. */
const verified = new Map<string, string>();

/** The last opening of each cache. */
const turns = new Map<string, Promise<unknown>>();

/** What stands beside the pixels: one record a picture, and whatever else belongs to them. */
interface PictureIndex {
  readonly records: readonly unknown[];
  /** Side of the pictures in pixels. */
  readonly size: number;
}

/** Rendered pictures: an index in memory and the pixels in one file. */
export type PictureCache<Index extends PictureIndex> = Index & {
  /** File of RGB bytes: [records, size, size, 3]. */
  readonly pixelFile: string;
  /** Hash of the versions and options the cache was made from. */
  readonly fingerprint: string;
};

/** Which cache, and how to make it. */
interface PictureCacheOptions<Index extends PictureIndex> {
  readonly folder: string;
  /** Starts the names of its files, e.g. `emoji`. */
  readonly prefix: string;
  /** What is rendered: each choice has files of its own. */
  readonly options: object;
  /** npm packages whose versions the result depends on. */
  readonly packages: readonly string[];
  /** Raise it when the rendering or the index changes, so that caches made before are rebuilt. */
  readonly formatVersion: number;
  /** Renders the pictures: their index, and [records, size, size, 3] RGB bytes. */
  readonly render: () => Promise<{ readonly index: Index; readonly pixels: Uint8Array }>;
}

/**
 * Opens rendered pictures, rendering them first where the cache is missing, stale or damaged.
 * Both files carry a SHA-256, so a damaged cache is rebuilt and never used.
 *
 * @throws InvalidInput if the folder cannot be written to, Error if the disk is full, or whatever `render` throws.
 */
export async function openPictureCache<Index extends PictureIndex>(
  request: PictureCacheOptions<Index>,
): Promise<PictureCache<Index>> {
  const { folder, prefix, options } = request;
  const name = `${prefix}-${digestJson(options).slice(0, 12)}`;
  const files = {
    indexFile: join(folder, `${name}.json`),
    pixelFile: join(folder, `${name}.pixels`),
    fingerprint: fingerprintOf(request),
  };
  // One after the other, so that splits opened at the same time render their common cache once.
  const turn = (turns.get(files.indexFile) ?? Promise.resolve()).then(
    async () => (await readCache<Index>(files)) ?? buildCache(request, files),
  );
  const ended = () => {};
  turns.set(files.indexFile, turn.then(ended, ended));
  return turn;
}

/** Reads some pictures into memory that threads can share: [rows, size, size, 3]. */
export async function readPixels(
  { pixelFile, size }: { readonly pixelFile: string; readonly size: number },
  rows: Int32Array,
): Promise<SharedArrayBuffer> {
  const length = size * size * 3;
  const shared = new SharedArrayBuffer(rows.length * length);
  const bytes = new Uint8Array(shared);
  const handle = await open(pixelFile, 'r');
  try {
    for (let first = 0, last = 0; first < rows.length; first = last + 1) {
      // One read for each run of neighbors in the file.
      last = first;
      while (rows[last + 1] === rows[last]! + 1) last++;
      const wanted = (last - first + 1) * length;
      const { bytesRead } = await handle.read(bytes, first * length, wanted, rows[first]! * length);
      if (bytesRead !== wanted) throw unusable(`${pixelFile} ended early. Start again: it is rendered anew.`);
    }
  } finally {
    await handle.close();
  }
  return shared;
}

interface CacheFiles {
  readonly indexFile: string;
  readonly pixelFile: string;
  readonly fingerprint: string;
}

function fingerprintOf({
  formatVersion,
  options,
  packages,
}: Pick<PictureCacheOptions<never>, 'formatVersion' | 'options' | 'packages'>): string {
  const versions = packages.map((name) => [name, packageVersion(name)]);
  const { sharp: version, rsvg, vips, webp } = sharp.versions;
  return digestJson({ formatVersion, options, packages: versions, renderer: { version, rsvg, vips, webp } });
}

async function readCache<Index extends PictureIndex>({
  indexFile,
  pixelFile,
  fingerprint,
}: CacheFiles): Promise<PictureCache<Index> | undefined> {
  try {
    const text = await readFile(indexFile, 'utf8');
    const json = text.slice(text.indexOf('\n') + 1);
    if (text !== sealed(json)) return undefined;
    const { pixelHash, ...index }: Index & { pixelHash: string; fingerprint: string } = JSON.parse(json);
    if (index.fingerprint !== fingerprint) return undefined;
    const bytes = index.records.length * index.size ** 2 * 3;
    const { size, mtimeMs } = await stat(pixelFile);
    if (size !== bytes) return undefined;
    const state = `${pixelHash} ${mtimeMs}`;
    if (verified.get(pixelFile) !== state && (await digestFile(pixelFile)) !== pixelHash) return undefined;
    verified.set(pixelFile, state);
    return { ...index, pixelFile } as PictureCache<Index>;
  } catch {
    return undefined; // Missing or unreadable: the caller renders again.
  }
}

function requireCacheFolder(folder: string): void {
  try {
    requireWritableFolder(folder);
  } catch (error) {
    throw isInvalidInput(error)
      ? new InvalidInput(error.faults, { head: 'cacheFolder', cause: error })
      : error;
  }
}

async function buildCache<Index extends PictureIndex>(
  { folder, render }: PictureCacheOptions<Index>,
  { indexFile, pixelFile, fingerprint }: CacheFiles,
): Promise<PictureCache<Index>> {
  requireCacheFolder(folder); // Before the rendering: better to fail now than in half a minute.
  await removeLeftovers(folder);
  const { index, pixels } = await render();
  // The index last: it names the hash of the pixels, so its presence means that both are whole.
  const { sha256: pixelHash } = await replaceFile(pixelFile, [pixels]);
  const json = JSON.stringify({ ...index, fingerprint, pixelHash });
  await replaceFile(indexFile, [Buffer.from(sealed(json))]);
  return { ...index, fingerprint, pixelFile };
}

/** A text under its own hash. */
function sealed(json: string): string {
  return `${createHash('sha256').update(json).digest('hex')}\n${json}`;
}
