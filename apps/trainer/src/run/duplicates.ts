import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Part } from './parts.js';
import { eachInParallel } from './read-pictures.js';

/** A picture that has the bytes of another. */
export interface Duplicate {
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
  const keys = new Map<Item, string | number>();
  await eachInParallel(items, async (item) => void keys.set(item, await keyOf(item)));
  const groups = new Map<string | number, Item[]>();
  for (const item of items) {
    const key = keys.get(item)!;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/**
 * Finds pictures whose files hold the same bytes. Only files of one size are read, so a folder of photographs costs
 * little more than a listing; drawn pictures have no files and are left out.
 *
 * @param parts - Parts of one or several datasets.
 * @param unreadable - Names of files to leave out: empty ones are all alike.
 * @returns Groups of at least two, in the order of the parts.
 */
export async function duplicatePictures(
  parts: readonly Part[],
  unreadable: ReadonlySet<string> = new Set(),
): Promise<Duplicate[][]> {
  const files = parts.flatMap(({ name, dataset, indices }) =>
    Array.from(indices, (index) => ({
      part: name,
      place: dataset.describe(index),
      path: dataset.file?.(index),
    })).filter(({ place }) => !unreadable.has(place)),
  );
  // A picture with several captions is several examples, and one file.
  const stored = new Map<string, Duplicate & { readonly path: string }>();
  for (const { part, place, path } of files) {
    if (path !== undefined && !stored.has(path)) stored.set(path, { part, place, path });
  }
  const sameSize = await groupsBy([...stored.values()], async ({ path }) => (await stat(path)).size);
  const hashOf = async ({ path }: { path: string }) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const same: Duplicate[][] = [];
  for (const group of sameSize) {
    const found = await groupsBy(group, hashOf);
    same.push(...found.map((alike) => alike.map(({ part, place }) => ({ part, place }))));
  }
  return same;
}
