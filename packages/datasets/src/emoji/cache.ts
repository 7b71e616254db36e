import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { hashOfFile, prepareFolder, writeAtomically } from './atomic-file.js';
import { createDrawingReader, packagesOf, type ReadDrawings } from './art.js';
import { type EmojiCatalogue, type EmojiEntry, readCatalogue } from './catalogue.js';
import { datasetError } from '../errors.js';
import { packageVersion } from './packages.js';
import { type OnProgress, renderDrawings } from './render.js';
import type { EmojiSplit, EmojiVendor, ResolvedEmojiSpec } from './spec.js';
import { splitOf } from './splits.js';

/** Raise it when the rendering or the splits change, so that caches made before are rebuilt. */
const formatVersion = 1;

/** Pixel files whose hash this process has checked, with their state then: each split opens the same file. */
const verified = new Map<string, string>();

/** The last opening of each cache. */
const turns = new Map<string, Promise<void>>();

/** One rendered drawing: which emoji, by whom, and what it may be used for. */
export interface EmojiRecord extends EmojiEntry {
  readonly vendor: EmojiVendor;
  readonly split: EmojiSplit;
}

/** The rendered drawings: an index in memory and the pixels in one file. */
export interface EmojiCache {
  readonly records: readonly EmojiRecord[];
  readonly groups: readonly string[];
  readonly subgroups: readonly string[];
  /** Side of the pictures in pixels. */
  readonly size: number;
  /** File of RGB bytes: [records, size, size, 3]. */
  readonly pixelFile: string;
  /** Hash of the versions and options the cache was made from. */
  readonly fingerprint: string;
}

interface CacheIndex extends Omit<EmojiCache, 'pixelFile'> {
  readonly pixelHash: string;
}

/** Reads some pictures into memory that threads can share: [rows, size, size, 3]. */
export async function readPixels(
  { pixelFile, size }: EmojiCache,
  rows: Int32Array,
): Promise<SharedArrayBuffer> {
  const length = size * size * 3;
  const shared = new SharedArrayBuffer(rows.length * length);
  const bytes = new Uint8Array(shared);
  const handle = await open(pixelFile, 'r');
  try {
    for (let first = 0, last = 0; first < rows.length; first = last + 1) {
      // One read for each run of neighbours in the file.
      last = first;
      while (rows[last + 1] === rows[last]! + 1) last++;
      const wanted = (last - first + 1) * length;
      const { bytesRead } = await handle.read(bytes, first * length, wanted, rows[first]! * length);
      if (bytesRead !== wanted)
        throw datasetError(`${pixelFile} ended early. Start again: it is rendered anew.`);
    }
  } finally {
    await handle.close();
  }
  return shared;
}

/**
 * Opens the rendered drawings, rendering them first where the cache is missing, stale or damaged.
 * Both files carry a SHA-256, so a damaged cache is rebuilt and never used.
 *
 * @param spec - Which vendors, size and skin tones.
 * @param onProgress - Told of each rendered picture.
 * @param art - Where drawings come from; the installed packages.
 */
export async function openCache(
  spec: ResolvedEmojiSpec,
  onProgress?: OnProgress,
  art: (catalogue: EmojiCatalogue) => ReadDrawings = createDrawingReader,
): Promise<EmojiCache> {
  const options = { size: spec.size, skinTones: spec.skinTones, vendors: spec.vendors };
  const name = `emoji-${hashOf(JSON.stringify(options)).slice(0, 12)}`;
  const indexFile = join(spec.cacheFolder, `${name}.json`);
  const pixelFile = join(spec.cacheFolder, `${name}.pixels`);
  const fingerprint = fingerprintOf(spec, options);
  const files = { indexFile, pixelFile, fingerprint };
  const make = async (): Promise<EmojiCache> =>
    (await readCache(indexFile, pixelFile, fingerprint)) ?? buildCache(spec, files, art, onProgress);
  // One after the other, so that splits opened at the same time render their common cache once.
  const turn = (turns.get(indexFile) ?? Promise.resolve()).then(make);
  const settled = turn.then(
    () => {},
    () => {},
  );
  turns.set(indexFile, settled);
  return turn;
}

function fingerprintOf(spec: ResolvedEmojiSpec, options: object): string {
  const packages = packagesOf(spec.vendors).map((name) => [name, packageVersion(name)]);
  const { sharp: version, rsvg, vips, webp } = sharp.versions;
  return hashOf(
    JSON.stringify({ formatVersion, options, packages, renderer: { version, rsvg, vips, webp } }),
  );
}

async function readCache(
  indexFile: string,
  pixelFile: string,
  fingerprint: string,
): Promise<EmojiCache | undefined> {
  try {
    const [hash, json] = split(await readFile(indexFile, 'utf8'), '\n');
    if (hash !== hashOf(json)) return undefined;
    const { pixelHash, ...index } = JSON.parse(json) as CacheIndex;
    if (index.fingerprint !== fingerprint) return undefined;
    const bytes = index.records.length * index.size ** 2 * 3;
    const { size, mtimeMs } = await stat(pixelFile);
    if (size !== bytes) return undefined;
    const state = `${pixelHash} ${mtimeMs}`;
    if (verified.get(pixelFile) !== state && (await hashOfFile(pixelFile)) !== pixelHash) return undefined;
    verified.set(pixelFile, state);
    return { ...index, pixelFile };
  } catch {
    return undefined; // Missing or unreadable: the caller renders again.
  }
}

async function buildCache(
  spec: ResolvedEmojiSpec,
  files: { indexFile: string; pixelFile: string; fingerprint: string },
  art: (catalogue: EmojiCatalogue) => ReadDrawings,
  onProgress?: OnProgress,
): Promise<EmojiCache> {
  const { indexFile, pixelFile, fingerprint } = files;
  await prepareFolder(spec.cacheFolder); // Before the rendering: better to fail now than in half a minute.
  const catalogue = readCatalogue();
  const readDrawings = art(catalogue);
  const chosen = spec.vendors.flatMap((vendor) =>
    readDrawings(vendor)
      .map((drawing) => ({ drawing, vendor, entry: catalogue.entries.get(drawing.codePoints)! }))
      .filter(({ entry }) => spec.skinTones || !entry.skinTone),
  );
  const drawings = chosen.map(({ drawing }) => drawing);
  const pixels = await renderDrawings(drawings, spec.size, onProgress);
  const records = chosen.map(({ entry, vendor }) => ({ ...entry, vendor, split: splitOf(entry, vendor) }));
  const { groups, subgroups } = catalogue;
  const pixelHash = createHash('sha256').update(pixels).digest('hex');
  const index: CacheIndex = { records, groups, subgroups, size: spec.size, fingerprint, pixelHash };
  const json = JSON.stringify(index);
  // The index last: it names the hash of the pixels, so its presence means that both are whole.
  await writeAtomically(pixelFile, pixels);
  await writeAtomically(indexFile, Buffer.from(`${hashOf(json)}\n${json}`));
  return { records, groups, subgroups, size: spec.size, fingerprint, pixelFile };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
