import { matchTree } from '@m3ae/checkpoint';
import { latestCheckpoint, loadCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import type { VocabularyMapping } from '@m3ae/preprocess';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import type { TrainState } from '../step/index.js';
import type { Counters, Standing } from './training-state.js';

/** What a checkpoint holds beside tensors. */
interface SavedState {
  readonly seed: number;
  readonly counters: Counters;
  readonly mixer: unknown;
  readonly vocabulary: VocabularyMapping | null;
}

/** What every checkpoint of a run repeats. */
export interface SaveContext {
  readonly folder: string;
  readonly config: TrainerConfig;
  readonly vocabulary: VocabularyMapping | null;
}

/** Saves where a run stands, as one folder that appears when it is whole. */
export async function saveStanding(
  { folder, config, vocabulary }: SaveContext,
  { state, counters, mixer }: Standing,
  metric: number | undefined,
): Promise<string> {
  const { keepLast, keepBest } = config.checkpoint;
  const saved: SavedState = { seed: config.seed, counters, mixer, vocabulary };
  const trees = { model: state.params, optimizer: state.optimizer };
  return saveCheckpoint(
    folder,
    { step: counters.step, trees, state: saved, ...(metric !== undefined && { metric }) },
    { keepLast, keepBest },
  );
}

/**
 * Loads the newest whole checkpoint of a run.
 *
 * @param fresh - State of the right shapes.
 * @returns Where the run stood, or nothing where it has no checkpoint yet.
 * @throws InputError if a tensor is missing, extra, misshapen or not finite, or a file is damaged.
 */
export async function loadStanding(folder: string, fresh: TrainState): Promise<Standing | undefined> {
  const newest = await latestCheckpoint(folder);
  if (newest === undefined) return undefined;
  try {
    const { trees, state } = await loadCheckpoint(newest.folder);
    const { counters, mixer } = state as SavedState;
    return {
      state: {
        params: matchTree(fresh.params, trees.model!, { name: `${newest.folder}/model.safetensors` }),
        optimizer: matchTree(fresh.optimizer, trees.optimizer!, {
          name: `${newest.folder}/optimizer.safetensors`,
        }),
      },
      counters,
      mixer,
    };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError([error.message]);
    throw error;
  }
}
