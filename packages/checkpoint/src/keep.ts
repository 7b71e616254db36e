import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { faultOf, throwFaults, unknownKeys } from '@m3ae/errors';
import { syncFolder } from './durable-write.js';
import { type CheckpointEntry, checkpointsFolder, namesIn } from './list-checkpoints.js';

/** Which checkpoints of a run stay. */
export interface KeepOptions {
  /** How many of the newest. Default 3. */
  readonly keepLast?: number;
  /** How many of the best by `metric`, beside the newest. Default 1. */
  readonly keepBest?: number;
  /** Whether a low or a high metric is good. Default `min`, as for a loss. */
  readonly bestBy?: 'min' | 'max';
}

/** Fills in the defaults. @throws InvalidInput naming every option that is unknown or out of range. */
export function resolveKeep(options: KeepOptions): Required<KeepOptions> {
  const { keepLast = 3, keepBest = 1, bestBy = 'min' } = options;
  const isCount = (value: number) => value === Infinity || Number.isInteger(value);
  const remedy = 'A run needs its newest checkpoint to resume.';
  throwFaults([
    ...unknownKeys('', options, ['keepLast', 'keepBest', 'bestBy']),
    !(isCount(keepLast) && keepLast >= 1) && faultOf('keepLast', 'a positive integer', keepLast, remedy),
    !(isCount(keepBest) && keepBest >= 0) &&
      faultOf('keepBest', 'an integer, zero or more', keepBest, 'Write 0 to keep only the newest.'),
    bestBy !== 'min' && bestBy !== 'max' && faultOf('bestBy', 'min or max', bestBy, 'Use min for a loss.'),
  ]);
  return { keepLast, keepBest, bestBy };
}

/** Those that need not stay; of two equally good ones the newer stays. */
export function superfluous(
  entries: readonly CheckpointEntry[],
  { keepLast, keepBest, bestBy }: Required<KeepOptions>,
): CheckpointEntry[] {
  const newestFirst = [...entries].sort((a, b) => b.step - a.step);
  const sign = bestBy === 'min' ? 1 : -1;
  const best = newestFirst
    .filter(({ metric }) => metric !== undefined)
    .sort((a, b) => sign * (a.metric! - b.metric!) || b.step - a.step);
  const stay = new Set([...newestFirst.slice(0, keepLast), ...best.slice(0, keepBest)]);
  return newestFirst.filter((entry) => !stay.has(entry));
}

/** Hidden names: folders on their way in or out, never taken for a checkpoint. */
export const partialName = (name: string) => `.${name}.partial`;
const removedName = (name: string) => `.${name}.removed`;

/** Removes a checkpoint; it disappears at once, so that a crash in the middle leaves none with half its files. */
export async function removeCheckpoint(folder: string): Promise<void> {
  const hidden = join(dirname(folder), removedName(basename(folder)));
  await rm(hidden, { recursive: true, force: true });
  await rename(folder, hidden);
  await rm(hidden, { recursive: true, force: true });
}

/**
 * Puts a finished folder in its place. One of the same step is moved aside first: of the two renames a crash can
 * come between, and then {@link cleanCheckpoints} brings the older one back.
 */
export async function publishFolder(partial: string, folder: string): Promise<void> {
  const parent = dirname(folder);
  const hidden = join(parent, removedName(basename(folder)));
  const existed = (await namesIn(parent)).includes(basename(folder));
  if (existed) await rename(folder, hidden);
  await rename(partial, folder);
  await syncFolder(parent);
  if (existed) await rm(hidden, { recursive: true, force: true });
}

/**
 * Clears what an interrupted save or removal left, and brings back a checkpoint that was hidden between the two renames
 * of its replacement. Every save begins with it.
 *
 * @param runFolder - The run, not its `checkpoints` folder; no process may save to it meanwhile.
 */
export async function cleanCheckpoints(runFolder: string): Promise<void> {
  const parent = checkpointsFolder(runFolder);
  const names = await namesIn(parent);
  for (const name of names) {
    const [, step, kind] = /^\.(step-\d{8,})\.(partial|removed)$/.exec(name) ?? [];
    if (step === undefined) continue;
    const between = kind === 'removed' && !names.includes(step) && names.includes(partialName(step));
    if (between) await rename(join(parent, name), join(parent, step));
    else await rm(join(parent, name), { recursive: true, force: true });
  }
}
