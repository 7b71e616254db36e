import { join } from 'node:path';
import type { NdArray } from '@m3ae/tree';
import { readManifest } from './manifest.js';
import { readSafetensorsFile } from './read-safetensors-file.js';
import { toNdArray } from './to-nd-array.js';

/** A checkpoint in memory. */
export interface LoadedCheckpoint {
  readonly step: number;
  /** Tensors by path, for each tree; `matchTree` puts them into the program's structure. */
  readonly trees: Readonly<Record<string, Readonly<Record<string, NdArray>>>>;
  /** What was given as `state`. */
  readonly state: unknown;
  readonly metric?: number;
}

/**
 * Loads a checkpoint and verifies the checksum of each of its files.
 *
 * @param folder - One checkpoint, e.g. `(await latestCheckpoint(runFolder)).folder`.
 * @returns Plain arrays; the caller owns them.
 * @throws RangeError naming the file that is missing, damaged or of another format.
 *
 * @example
 * ```ts
 * const { step, trees, state } = await loadCheckpoint('runs/emoji/checkpoints/step-00001200');
 * const params = matchTree(freshParams, trees.model!, { name: 'model' });
 * ```
 */
export async function loadCheckpoint(folder: string): Promise<LoadedCheckpoint> {
  const { step, metric, files, state } = await orMissing(readManifest(folder), folder);
  const trees: [string, Record<string, NdArray>][] = [];
  for (const [name, { sha256 }] of Object.entries(files)) {
    const { tensors } = await orMissing(readSafetensorsFile(join(folder, name), { sha256 }), folder);
    const arrays = Object.entries(tensors).map(([path, tensor]) => [path, toNdArray(tensor, path)] as const);
    trees.push([name.replace(/\.safetensors$/, ''), Object.fromEntries(arrays)]);
  }
  return { step, trees: Object.fromEntries(trees), state, metric };
}

/** Says what a missing file means. */
async function orMissing<Value>(reading: Promise<Value>, folder: string): Promise<Value> {
  try {
    return await reading;
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    throw new RangeError(
      `${folder} must hold a whole checkpoint; received none at ${path}. Choose a folder that listCheckpoints names.`,
      { cause },
    );
  }
}
