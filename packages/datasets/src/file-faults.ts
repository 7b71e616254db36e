import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isInvalidInput } from '@m3ae/errors';
import type { Dataset } from './dataset.js';
import { mapParallel } from './parallel.js';

/** Files worked on at a time: decoding and hashing run in libuv's pool, which has four threads. */
const parallel = 4;

/** Some examples of a dataset, by index. */
export interface Examples {
  readonly dataset: Dataset;
  readonly indices: ArrayLike<number>;
}

/** A picture that cannot be decoded. */
export interface UnreadablePicture {
  /** What the dataset calls it. */
  readonly place: string;
  readonly reason: string;
}

/**
 * Decodes every picture of some examples.
 *
 * @param onProgress - Told how many are done.
 * @returns Those that cannot be decoded, in the order of the examples.
 * @throws Error if a picture cannot be fetched at all.
 */
export async function unreadablePictures(
  { dataset, indices }: Examples,
  onProgress?: (done: number) => void,
): Promise<UnreadablePicture[]> {
  let done = 0;
  const found = await mapParallel(indices, parallel, async (index) => {
    const reason = await dataset.image(index).then(
      () => undefined,
      (error: unknown) => {
        if (isInvalidInput(error)) return error.message;
        throw error;
      },
    );
    onProgress?.(++done);
    return reason === undefined ? undefined : { place: dataset.describe(index), reason };
  });
  return found.filter((file) => file !== undefined);
}

/** A picture that has the bytes of another. */
export interface DuplicatePicture {
  /** Name of its part. */
  readonly part: string;
  /** What the dataset calls it. */
  readonly place: string;
}

/** Puts items with the same key together and keeps what is not alone. */
async function groupsBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => Promise<string | number>,
): Promise<Item[][]> {
  const groups = new Map<string | number, Item[]>();
  for (const [at, key] of (await mapParallel(items, parallel, keyOf)).entries()) {
    const group = groups.get(key);
    if (group) group.push(items[at]!);
    else groups.set(key, [items[at]!]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

const hashOf = async ({ path }: { readonly path: string }) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/**
 * Finds pictures whose files hold the same bytes; those on both sides of a split flatter every figure. Only files of one size
 * are read, so a folder of photographs costs little more than a listing; drawn pictures have no files and are left out.
 *
 * @param parts - Of one or several datasets; a picture with several captions counts once.
 * @param leftOut - Places to leave out, e.g. of unreadable pictures: empty files are all alike.
 * @returns Groups of at least two, in the order of the parts.
 *
 * @example
 * ```ts
 * await duplicatePictures([{ name: 'train', dataset: train, indices: [0, 1, 2] }]);
 * ```
 */
export async function duplicatePictures(
  parts: readonly (Examples & { readonly name: string })[],
  leftOut: ReadonlySet<string> = new Set(),
): Promise<DuplicatePicture[][]> {
  const stored = new Map<string, DuplicatePicture & { readonly path: string }>();
  for (const { name: part, dataset, indices } of parts) {
    for (const index of Array.from(indices)) {
      const [place, path] = [dataset.describe(index), dataset.file?.(index)];
      if (path !== undefined && !leftOut.has(place) && !stored.has(path))
        stored.set(path, { part, place, path });
    }
  }
  const sameSize = await groupsBy([...stored.values()], async ({ path }) => (await stat(path)).size);
  const same: DuplicatePicture[][] = [];
  for (const group of sameSize) {
    const found = await groupsBy(group, hashOf);
    same.push(...found.map((alike) => alike.map(({ part, place }) => ({ part, place }))));
  }
  return same;
}
