import { join } from 'node:path';
import { unusable, systemErrorOf } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { damageOf, type DamagedCheckpoint, inspectCheckpoints } from './list-checkpoints.js';
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
 * @throws InvalidInput naming the file that is missing, damaged or of another format.
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

/** What {@link loadNewestCheckpoint} found. */
export interface NewestCheckpoint {
  /** The newest whole checkpoint and its folder; nothing where there is none. */
  readonly newest: (LoadedCheckpoint & { readonly folder: string }) | undefined;
  /** Those that are newer than it and cannot be used, newest first. */
  readonly damaged: readonly DamagedCheckpoint[];
}

/**
 * Loads the newest checkpoint of a run that is whole down to its checksums: what a resumed run starts from.
 *
 * A damaged one is passed over and told, so that the caller can warn.
 *
 * @param runFolder - The run, not its `checkpoints` folder.
 *
 * @example
 * ```ts
 * const { newest, damaged } = await loadNewestCheckpoint('runs/emoji');
 * for (const { step, reason } of damaged) console.warn(`Step ${step} cannot be used: ${reason}`);
 * ```
 */
export async function loadNewestCheckpoint(runFolder: string): Promise<NewestCheckpoint> {
  const { whole, damaged } = await inspectCheckpoints(runFolder);
  const passed = [...damaged];
  for (const { step, folder } of [...whole].reverse()) {
    try {
      const newest = { folder, ...(await loadCheckpoint(folder)) };
      return { newest, damaged: newerThan(step, passed) };
    } catch (error) {
      passed.push({ step, folder, reason: damageOf(error) });
    }
  }
  return { newest: undefined, damaged: newerThan(-1, passed) };
}

const newerThan = (step: number, damaged: readonly DamagedCheckpoint[]) =>
  damaged.filter((one) => one.step > step).sort((a, b) => b.step - a.step);

/** Says what a missing file means. */
async function orMissing<Value>(reading: Promise<Value>, folder: string): Promise<Value> {
  try {
    return await reading;
  } catch (cause) {
    const { code, path } = systemErrorOf(cause);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    throw unusable(
      `${folder} must hold a whole checkpoint; received none at ${path}. Choose a folder that listCheckpoints names.`,
      { cause },
    );
  }
}
