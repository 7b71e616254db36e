import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, loadCheckpoint, loadNewestCheckpoint } from '@m3ae/checkpoint/files';
import { invalidField } from '@m3ae/errors';
import { type DataSplit, splitCaptions } from '@m3ae/datasets';
import { createTokenizer, type Tokenizer, trimVocabulary, type VocabularyMapping } from '@m3ae/preprocess';
import { foldIn, key, type RngKey } from '@m3ae/random';
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

/** One key a purpose, so that drawing more for one changes nothing for another. */
export interface Streams {
  /** First values of the parameters. */
  readonly parameters: RngKey;
  /** Order of the examples and which captions are dropped. */
  readonly order: RngKey;
  /** Crops and flips. */
  readonly augmentation: RngKey;
  /** Masks and crops of the validation part, the same every time. */
  readonly validation: RngKey;
  /** Masks of the report's gallery. */
  readonly gallery: RngKey;
}

/**
 * Derives the keys of a run from its seed; the numbers between are those of the tasks, for masks, noise and mixing.
 *
 * @example
 * ```ts
 * const { parameters } = streamsOf(0);
 * const params = task.init(parameters);
 * ```
 */
export function streamsOf(seed: number): Streams {
  const root = key(seed);
  return {
    parameters: foldIn(root, 0),
    order: foldIn(root, 1),
    augmentation: foldIn(root, 2),
    validation: foldIn(root, 7),
    gallery: foldIn(root, 8),
  };
}

/** The word pieces of a run. */
export interface Vocabulary {
  readonly tokenizer: Tokenizer;
  /** How the ids relate to bert-base-uncased's; null where they are the same. */
  readonly mapping: VocabularyMapping | null;
}

/**
 * The vocabulary that a config asks for.
 *
 * @param kind - `'bert'` for all of bert-base-uncased; anything else for what is used of it.
 * @param splits - Whose captions use it; null for none.
 */
export function vocabularyOf(
  kind: string,
  splits: readonly (Pick<DataSplit, 'dataset' | 'indices'> | null)[],
): Vocabulary {
  const full = createTokenizer();
  if (kind === 'bert') return { tokenizer: full, mapping: null };
  const texts = (function* () {
    for (const split of splits) yield* splitCaptions(split);
  })();
  return trimVocabulary(full, texts);
}
