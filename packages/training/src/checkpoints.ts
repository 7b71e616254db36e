import { matchTree } from '@m3ae/checkpoint';
import { latestCheckpoint, loadCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import type { Snapshot } from './snapshot.js';

/** How many checkpoints stay. */
export interface KeepOptions {
  /** The newest ones. Default 1. */
  readonly keepLast?: number;
  /** Those of the smallest metric, beside the newest. Default 0. */
  readonly keepBest?: number;
  /** Plain JSON that every checkpoint repeats, e.g. the mapping of a vocabulary. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The checkpoints of one training. */
export interface Checkpoints {
  /**
   * Where the newest whole checkpoint stands; nothing where there is none.
   *
   * @param like - A snapshot of the right shapes, e.g. `step.init(key)`.
   * @throws RangeError if a tensor is missing, extra, misshapen or not finite, or a file is damaged.
   */
  latest(like: Snapshot): Promise<Snapshot | undefined>;
  /**
   * Saves a snapshot as one folder that appears when it is whole.
   *
   * @param metric - What `keepBest` compares: a validation loss.
   * @returns The folder.
   */
  save(snapshot: Snapshot, metric?: number): Promise<string>;
}

/** What `state.json` of a checkpoint holds of a snapshot; the names are those of the format. */
interface SavedState {
  readonly counters: { readonly step: number; readonly nonFiniteInRow: number; readonly nonFinite: number };
  readonly mixer: unknown;
}

/**
 * Saves and loads the snapshots of a training in a folder.
 *
 * @param folder - Made where it is missing; checkpoints lie in `checkpoints/` inside.
 *
 * @example
 * ```ts
 * const checkpoints = createCheckpoints('runs/photos', { keepLast: 2 });
 * const from = (await checkpoints.latest(fresh)) ?? fresh;
 * ```
 */
export function createCheckpoints(folder: string, options: KeepOptions = {}): Checkpoints {
  const { keepLast = 1, keepBest = 0, extra = {} } = options;
  return {
    async latest(like) {
      const newest = await latestCheckpoint(folder);
      if (newest === undefined) return undefined;
      const { trees, state } = await loadCheckpoint(newest.folder);
      const { counters, mixer } = state as SavedState;
      const match = (name: 'params' | 'optimizer', file: string) =>
        matchTree(like.state[name], trees[file]!, { name: `${newest.folder}/${file}.safetensors` });
      return {
        step: counters.step,
        state: { params: match('params', 'model'), optimizer: match('optimizer', 'optimizer') },
        batches: mixer,
        nonFinite: { inRow: counters.nonFiniteInRow, total: counters.nonFinite },
      };
    },
    save({ step, state, batches, nonFinite }, metric) {
      const counters = { step, nonFiniteInRow: nonFinite.inRow, nonFinite: nonFinite.total };
      const saved: SavedState = { counters, mixer: batches };
      const trees = { model: state.params, optimizer: state.optimizer };
      return saveCheckpoint(
        folder,
        { step, trees, state: { ...extra, ...saved }, ...(metric !== undefined && { metric }) },
        { keepLast, keepBest },
      );
    },
  };
}
