import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import { fileBytes, withDtype } from './elements.js';

/**
 * SHA-256 of trees by content: names, types, shapes and every bit of every element.
 *
 * The order of names does not matter, nor whether a tree is nested or flat, so a loaded checkpoint has the digest of
 * the trees that were saved.
 *
 * @param trees - For example `{ model, optimizer }`.
 * @returns 64 hexadecimal digits.
 *
 * @example
 * ```ts
 * const { trees } = await loadCheckpoint(folder);
 * digestTrees(trees) === digestTrees({ model, optimizer }); // true
 * ```
 */
export function digestTrees(trees: Readonly<Record<string, Tree<NdArray>>>): string {
  const hash = createHash('sha256');
  const leaves = Object.entries(trees).flatMap(([tree, content]) =>
    flattenTree<NdArray>(content).map(([path, leaf]) => [JSON.stringify([tree, path]), leaf] as const),
  );
  leaves.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, leaf] of leaves) {
    const { dtype, shape, data } = withDtype(leaf);
    hash.update(`${name} ${dtype} [${shape}]\n`);
    hash.update(fileBytes(data));
  }
  return hash.digest('hex');
}

/** SHA-256 of a file, in hexadecimal; it is read piece by piece. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** SHA-256 of a value as JSON writes it, in hexadecimal; a value that was written and read has the same. */
export function digestJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
