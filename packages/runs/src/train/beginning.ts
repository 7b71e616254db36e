import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, loadCheckpoint, loadNewestCheckpoint } from '@m3ae/checkpoint/files';
import { invalidField } from '@m3ae/errors';
import type { VocabularyMapping } from '@m3ae/preprocess';
import { fromCheckpoint, type Snapshot, type TrainState } from '@m3ae/training';
import type { Warn } from '../run-folder.js';
import { type SavedPoint, stateOf } from '../saved-state.js';
import { type OptionNames, optionNames } from '../settings.js';

/** What a checkpoint of a training with captions says of its word pieces. */
export interface SavedVocabulary {
  readonly vocabulary: VocabularyMapping | null;
}

/**
 * Where a run stood at a checkpoint.
 *
 * @param fresh - State of the right shapes.
 * @param vocabulary - The word pieces that the data give now.
 * @param names - What options are called in messages.
 * @throws InvalidInput if a tensor is missing, extra, misshapen or not finite, or the word pieces are others.
 */
export function snapshotAt(
  point: SavedPoint,
  fresh: TrainState,
  vocabulary: VocabularyMapping | null,
  names?: Partial<OptionNames>,
): Snapshot {
  const { folder } = point;
  const saved = stateOf<unknown, SavedVocabulary>(point);
  if (digestJson(saved.vocabulary) !== digestJson(vocabulary)) {
    throw invalidField(
      `The word pieces of ${folder}`,
      'those that the captions give',
      'others',
      `Give back the captions that the run began with, or start another run with ${optionNames(names).folder}.`,
    );
  }
  return fromCheckpoint(point, fresh, folder);
}

/** What {@link checkpointOf} says in messages. */
export interface CheckpointWords {
  /** The option that names the run. Default `run`. */
  readonly path?: string;
  /** What to do where there is none. Default `Train one first.` */
  readonly remedy?: string;
  /** Told of newer checkpoints that are damaged. */
  readonly warn: Warn;
}

/** The newest checkpoint of a run that is whole; newer ones that are damaged are told. */
async function newestOf(run: string, { path = 'run', remedy = 'Train one first.', warn }: CheckpointWords) {
  const { newest, damaged } = await loadNewestCheckpoint(run);
  const reasons = damaged.map(({ step, reason }) => `The checkpoint of step ${step} is damaged: ${reason}`);
  if (newest === undefined) {
    const rule = `a folder with a checkpoint${damaged.length > 0 ? ' that is whole' : ''}`;
    const mend = [...reasons, 'Bring one back from a copy.'].join(' ');
    throw invalidField(path, rule, run, damaged.length > 0 ? mend : remedy);
  }
  reasons.forEach((reason) => warn(`${reason} The encoder is that of step ${newest.step}.`));
  return newest;
}

/**
 * A checkpoint of another run, to begin at its encoder.
 *
 * @param run - A run folder, whose newest whole checkpoint is taken, or one checkpoint folder.
 * @throws InvalidInput if there is none that is whole.
 */
export async function checkpointOf(run: string, words: CheckpointWords): Promise<SavedPoint> {
  const single = existsSync(join(run, 'model.safetensors')) || existsSync(join(run, 'state.json'));
  return single ? { folder: run, ...(await loadCheckpoint(run)) } : newestOf(run, words);
}
