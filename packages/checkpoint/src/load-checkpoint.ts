import { join } from 'node:path';
import { isInvalidInput, messageOf, systemErrorOf, unusable } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { checkpointsFolder, readManifest, wholeManifest } from './checkpoint-folder.js';
import { toNdArray } from './elements.js';
import { namesIn } from './leftovers.js';
import { readSafetensorsFile } from './safetensors-file.js';

/** One whole checkpoint of a run. */
export interface CheckpointEntry {
  readonly step: number;
  readonly folder: string;
  /** What best checkpoints are chosen by, if it was given. */
  readonly metric?: number;
}

/** A checkpoint that cannot be used. */
export interface DamagedCheckpoint {
  readonly step: number;
  readonly folder: string;
  /** What is wrong with it, as a sentence that names the file. */
  readonly reason: string;
}

/** Codes of the system that speak of the checkpoint; others, such as EACCES, speak of who reads it. */
const damageCodes = new Set<unknown>(['ENOENT', 'ENOTDIR', 'EISDIR', 'EIO']);

/** What an error of reading says of a checkpoint; an error that says nothing of it is thrown again. */
function damageOf(error: unknown): string {
  const { code, path } = systemErrorOf(error);
  if (code === 'ENOENT') return `${path} is missing.`;
  if (isInvalidInput(error) || damageCodes.has(code)) return messageOf(error);
  throw error;
}

/**
 * Looks at all checkpoints of a run, oldest first: those that are whole, and those that cannot be used, with the reason.
 *
 * Only `state.json` and the sizes of the other files are checked; {@link loadCheckpoint} checks the contents.
 *
 * @param runFolder - The run, not its `checkpoints` folder.
 */
export async function inspectCheckpoints(
  runFolder: string,
): Promise<{ readonly whole: readonly CheckpointEntry[]; readonly damaged: readonly DamagedCheckpoint[] }> {
  const parent = checkpointsFolder(runFolder);
  const names = (await namesIn(parent)).filter((name) => /^step-\d{8,}$/.test(name));
  const whole: CheckpointEntry[] = [];
  const damaged: DamagedCheckpoint[] = [];
  const steps = new Map(names.map((name) => [name, Number(name.slice(5))]));
  for (const [name, step] of [...steps].sort(([, a], [, b]) => a - b)) {
    const folder = join(parent, name);
    try {
      whole.push({ step, folder, metric: (await wholeManifest(folder)).metric });
    } catch (error) {
      damaged.push({ step, folder, reason: damageOf(error) });
    }
  }
  return { whole, damaged };
}

/**
 * Lists the whole checkpoints of a run, oldest first.
 *
 * Folders that a crash left half-written, and those with a file missing or cut short, are passed over;
 * {@link inspectCheckpoints} tells them.
 *
 * @param runFolder - The run, not its `checkpoints` folder.
 * @returns An empty list if there is none.
 *
 * @example
 * ```ts
 * const steps = (await listCheckpoints('runs/emoji')).map(({ step }) => step); // [800, 1000, 1200]
 * ```
 */
export async function listCheckpoints(runFolder: string): Promise<CheckpointEntry[]> {
  return [...(await inspectCheckpoints(runFolder)).whole];
}

/**
 * The newest whole checkpoint of a run, by its sizes and its `state.json`.
 *
 * @param runFolder - The run, not its `checkpoints` folder.
 * @returns `undefined` if there is none.
 */
export async function latestCheckpoint(runFolder: string): Promise<CheckpointEntry | undefined> {
  return (await listCheckpoints(runFolder)).at(-1);
}

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
