import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isInvalidInput, messageOf, systemErrorOf } from '@m3ae/errors';
import { wholeManifest } from './manifest.js';

/** One whole checkpoint of a run. */
export interface CheckpointEntry {
  readonly step: number;
  readonly folder: string;
  /** What best checkpoints are chosen by, if it was given. */
  readonly metric?: number;
}

/** Where a run keeps its checkpoints. */
export const checkpointsFolder = (runFolder: string) => join(runFolder, 'checkpoints');

/** Names in a folder; none if it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorOf(error).code === 'ENOENT') return [];
    throw error;
  }
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
export function damageOf(error: unknown): string {
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
