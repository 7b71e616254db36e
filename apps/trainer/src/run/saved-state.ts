import { matchTree } from '@m3ae/checkpoint';
import { digestJson, type LoadedCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import type { VocabularyMapping } from '@m3ae/preprocess';
import { InputError } from '../config/config-error.js';
import type { TrainState } from '../step/index.js';
import type { Prepared } from './prepare.js';
import type { RunRecord } from './run-folder.js';
import type { LineMarks } from './run-logs.js';
import type { Counters, Standing } from './training-state.js';

/** What a checkpoint holds beside tensors. */
export interface SavedState {
  readonly seed: number;
  readonly counters: Counters;
  readonly mixer: unknown;
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
export async function saveStanding(
  folder: string,
  { config, vocabulary, record }: Pick<Prepared, 'config' | 'vocabulary' | 'record'>,
  { state, counters, mixer }: Standing,
  { lines, metric }: { readonly lines: LineMarks; readonly metric: number | undefined },
): Promise<string> {
  const { keepLast, keepBest } = config.checkpoint;
  const saved: SavedState = {
    seed: config.seed,
    counters,
    mixer,
    vocabulary: vocabulary.mapping,
    record,
    lines,
  };
  const trees = { model: state.params, optimizer: state.optimizer };
  return saveCheckpoint(
    folder,
    { step: counters.step, trees, state: saved, ...(metric !== undefined && { metric }) },
    { keepLast, keepBest },
  );
}

/**
 * Where a run stood at a checkpoint.
 *
 * @param fresh - State of the right shapes.
 * @param vocabulary - The word pieces that the data give now.
 * @throws InputError if a tensor is missing, extra, misshapen or not finite, or the word pieces are others.
 */
export function standingAt(
  point: SavedPoint,
  fresh: TrainState,
  vocabulary: VocabularyMapping | null,
): Standing {
  const { folder, trees } = point;
  const { counters, mixer, vocabulary: before } = stateOf(point);
  if (digestJson(before) !== digestJson(vocabulary)) {
    throw new InputError([
      `The word pieces of ${folder} must be those that the captions give; received others. Give back the captions that the run began with, or start another run with --out.`,
    ]);
  }
  const matched = <Part extends 'model' | 'optimizer'>(name: Part, part: TrainState['params']) =>
    matchTree(part, trees[name]!, { name: `${folder}/${name}.safetensors` });
  try {
    const params = matched('model', fresh.params);
    return { state: { params, optimizer: matched('optimizer', fresh.optimizer) }, counters, mixer };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError([error.message]);
    throw error;
  }
}
