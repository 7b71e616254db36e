import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/** `step-00001200` */
export const stepName = (step: number) => `step-${String(step).padStart(8, '0')}`;

/** Names in a folder; none if it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Lists the whole checkpoints of a run, oldest first.
 *
 * Folders that a crash left half-written, and those with a file missing or cut short, are passed over.
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
  const parent = checkpointsFolder(runFolder);
  const entries: CheckpointEntry[] = [];
  for (const name of await namesIn(parent)) {
    if (!/^step-\d{8,}$/.test(name)) continue;
    const folder = join(parent, name);
    const manifest = await wholeManifest(folder);
    if (manifest) entries.push({ step: manifest.step, folder, metric: manifest.metric });
  }
  return entries.sort((a, b) => a.step - b.step);
}

/**
 * The newest whole checkpoint of a run: what a resumed run starts from.
 *
 * @param runFolder - The run, not its `checkpoints` folder.
 * @returns `undefined` if there is none.
 */
export async function latestCheckpoint(runFolder: string): Promise<CheckpointEntry | undefined> {
  return (await listCheckpoints(runFolder)).at(-1);
}
