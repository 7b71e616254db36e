import { digestJson, type LoadedCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import { unusable } from '@m3ae/errors';
import type { VocabularyMapping } from '@m3ae/preprocess';
import {
  fromCheckpoint,
  type SavedSnapshot,
  type Snapshot,
  toCheckpoint,
  type TrainState,
} from '@m3ae/training';
import type { Prepared } from './prepare.js';
import type { RunRecord } from './run-folder.js';
import type { LineMarks } from './run-logs.js';

/** What a checkpoint holds beside tensors. */
export interface SavedState extends SavedSnapshot {
  readonly seed: number;
  readonly vocabulary: VocabularyMapping | null;
  /** What config.json said: a checkpoint knows its run. Absent in those of earlier versions. */
  readonly record?: RunRecord;
  /** What the files of lines held. Absent in those of earlier versions. */
  readonly lines?: LineMarks;
}

/** A loaded checkpoint and its folder. */
export type SavedPoint = LoadedCheckpoint & { readonly folder: string };

/** What a checkpoint holds beside tensors. */
export const stateOf = ({ state }: LoadedCheckpoint) => state as SavedState;

/** Saves where a run stands, as one folder that appears when it is whole. */
export async function saveSnapshot(
  folder: string,
  { config, vocabulary, record }: Pick<Prepared, 'config' | 'vocabulary' | 'record'>,
  snapshot: Snapshot,
  { lines, metric }: { readonly lines: LineMarks; readonly metric: number | undefined },
): Promise<string> {
  const { keepLast, keepBest } = config.checkpoint;
  const { trees, state } = await toCheckpoint(snapshot);
  const saved: SavedState = { seed: config.seed, ...state, vocabulary: vocabulary.mapping, record, lines };
  return saveCheckpoint(
    folder,
    { step: snapshot.step, trees, state: saved, ...(metric !== undefined && { metric }) },
    { keepLast, keepBest },
  );
}

/**
 * Where a run stood at a checkpoint.
 *
 * @param fresh - State of the right shapes.
 * @param vocabulary - The word pieces that the data give now.
 * @throws InvalidInput if a tensor is missing, extra, misshapen or not finite, or the word pieces are others.
 */
export function snapshotAt(
  point: SavedPoint,
  fresh: TrainState,
  vocabulary: VocabularyMapping | null,
): Snapshot {
  const { folder } = point;
  const { vocabulary: before } = stateOf(point);
  if (digestJson(before) !== digestJson(vocabulary)) {
    throw unusable([
      `The word pieces of ${folder} must be those that the captions give; received others. Give back the captions that the run began with, or start another run with --out.`,
    ]);
  }
  return fromCheckpoint(point, fresh, folder);
}
