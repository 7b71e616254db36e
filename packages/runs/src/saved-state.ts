import { type LoadedCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import { type KeepOptions, type SavedSnapshot, type Snapshot, toCheckpoint } from '@m3ae/training';
import type { RunRecord } from './run-folder.js';
import type { LineMarks } from './run-logs.js';

/** What a checkpoint of a run holds beside tensors; `Extra` is what the program adds to it. */
export type SavedState<Config = unknown, Extra = unknown> = SavedSnapshot &
  Extra & {
    /** What config.json said: a checkpoint knows its run. Absent in those of earlier versions. */
    readonly record?: RunRecord<Config>;
    /** What the files of lines held. Absent in those of earlier versions. */
    readonly lines?: LineMarks;
  };

/** A loaded checkpoint and its folder. */
export type SavedPoint = LoadedCheckpoint & { readonly folder: string };

/** What a checkpoint of a run holds beside tensors. */
export const stateOf = <Config, Extra = unknown>({ state }: LoadedCheckpoint) =>
  state as SavedState<Config, Extra>; // its checksum is right, and this package wrote it

/** What is saved with a snapshot. */
export interface SaveOptions extends Omit<KeepOptions, 'onDamage'> {
  readonly record: RunRecord;
  readonly lines: LineMarks;
  /** What `keepBest` compares. */
  readonly metric?: number;
}

/**
 * Saves where a run stands, as one folder that appears when it is whole.
 *
 * @returns The folder.
 */
export async function saveRunSnapshot(
  folder: string,
  snapshot: Snapshot,
  { record, lines, metric, extra, keepLast = 1, keepBest = 0 }: SaveOptions,
): Promise<string> {
  const { trees, state } = await toCheckpoint(snapshot);
  return saveCheckpoint(
    folder,
    {
      step: snapshot.step,
      trees,
      state: { ...extra, ...state, record, lines },
      ...(metric !== undefined && { metric }),
    },
    { keepLast, keepBest },
  );
}
