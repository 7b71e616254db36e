import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { makeFolder, partName } from '@m3ae/checkpoint/files';
import { isInvalidInput, messageOf, unusable } from '@m3ae/errors';
import { type ByteFile, isRemote, nameOf } from './file.js';

/** Where copies of files are kept that cannot be read where they lie. */
export const defaultCache = '.cache/m3ae/downloads';
/** More than this is not kept: what was fetched first goes first. */
const mostBytes = 100e9;
/** Files that are just being made. */
const making = new Map<string, Promise<string>>();
/** Copies that a dataset of this process reads. */
const inUse = new Set<string>();

/** The file itself where it is of this machine; else a copy, which is fetched once. */
export async function localCopy(file: ByteFile, folder: string = defaultCache): Promise<string> {
  if (!isRemote(file.address)) return resolve(file.address);
  return cached(file, nameOf(file), folder, (path) => pipeline(file.stream(), createWriteStream(path)));
}

/** Where a gzipped archive has been unpacked to, once, piece by piece. */
export async function unpackedCopy(file: ByteFile, folder: string): Promise<string> {
  const name = nameOf(file).replace(/\.(tgz|tar\.gz|gz)$/i, '.tar');
  return cached(file, name, folder, (path) =>
    pipeline(file.stream(), createGunzip(), createWriteStream(path)),
  );
}

/**
 * What was found out about a file of a server, once for each of its versions; of a file of this machine each time.
 *
 * @param about - What it depends on beside the file; plain data.
 */
export async function keptFacts<Facts>(
  file: ByteFile,
  about: unknown,
  folder: string,
  find: () => Promise<Facts>,
): Promise<Facts> {
  if (!isRemote(file.address)) return find();
  let found: Facts | undefined;
  const write = async (part: string): Promise<void> => {
    found = await find();
    await writeFile(part, JSON.stringify(found));
  };
  const path = await cached(file, `${nameOf(file)}.json`, folder, write, { about, bytes: 0 });
  return found ?? (JSON.parse(await readFile(path, 'utf8')) as Facts);
}

/** A file that is made once for each version of another; who asks meanwhile waits for it. */
function cached(
  { address, size, version }: ByteFile,
  name: string,
  folder: string,
  write: (path: string) => Promise<void>,
  { about, bytes = size }: { readonly about?: unknown; readonly bytes?: number } = {},
): Promise<string> {
  const place = isRemote(address) ? address : resolve(address);
  const id = createHash('sha256')
    .update(JSON.stringify([place, size, version, about]))
    .digest('hex');
  const target = resolve(folder, `${id.slice(0, 12)}-${name}`);
  inUse.add(target);
  const underWay =
    making.get(target) ?? make(target, folder, address, bytes, write).finally(() => making.delete(target));
  making.set(target, underWay);
  return underWay;
}

/** Makes a file where it is not there yet; its name appears when it is whole. */
async function make(
  target: string,
  folder: string,
  address: string,
  bytes: number,
  write: (path: string) => Promise<void>,
): Promise<string> {
  if (await stat(target).then(Boolean, () => false)) return target;
  makeFolder(folder);
  await makeRoom(folder, address, bytes);
  const part = partName(target);
  try {
    await write(part);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    if (isInvalidInput(error)) throw error;
    const remedy = `Fetch it again, or free space in ${folder}.`;
    throw unusable(`${address} cannot be unpacked or kept: ${messageOf(error)}. ${remedy}`, { cause: error });
  }
  return target;
}

/** Removes copies that nobody here reads, until another fits. */
async function makeRoom(folder: string, address: string, size: number): Promise<void> {
  const paths = (await readdir(folder)).map((name) => resolve(join(folder, name)));
  const kept = await Promise.all(paths.map(async (path) => ({ path, ...(await factsOf(path)) })));
  let total = kept.reduce((sum, file) => sum + file.size, size);
  const idle = kept.filter(({ path }) => !inUse.has(path)).sort((a, b) => a.mtimeMs - b.mtimeMs);
  for (const { path, size: freed } of idle) {
    if (total <= mostBytes) return;
    await rm(path, { force: true });
    total -= freed;
  }
  if (total <= mostBytes) return;
  throw unusable(
    `${address} has ${size} bytes, and ${folder} keeps at most ${mostBytes / 1e9} GB. Fetch it yourself and name its path.`,
  );
}

async function factsOf(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  return stat(path).catch(() => ({ size: 0, mtimeMs: 0 })); // another process has just removed it
}
