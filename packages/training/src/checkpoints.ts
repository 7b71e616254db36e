import { readArrays } from '@m3ae/compile';
import { matchTree } from '@m3ae/checkpoint';
import { type LoadedCheckpoint, loadNewestCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import { faultOf, requireOptions, throwFaults } from '@m3ae/errors';
import { checkOptions, text } from '@m3ae/errors/rules';
import type { NdArray, Tree } from '@m3ae/tree';
import { type Snapshot, snapshotRule, type TrainState } from './snapshot.js';

/** How many checkpoints stay. */
export interface KeepOptions {
  /** The newest ones. Default 1. */
  readonly keepLast?: number;
  /** Those of the smallest metric, beside the newest. Default 0. */
  readonly keepBest?: number;
  /** Plain JSON that every checkpoint repeats, e.g. the mapping of a vocabulary. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Told of each damaged checkpoint that is passed over for an older whole one. */
  readonly onDamage?: (step: number, reason: string) => void;
}

/** The checkpoints of one training. */
export interface Checkpoints {
  /**
   * Where the newest whole checkpoint stands; nothing where none was saved.
   *
   * @param like - A snapshot of the right shapes, e.g. `step.init(key)`.
   * @throws RangeError if a tensor is missing, extra, misshapen or not finite, or all checkpoints are damaged.
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
export interface SavedSnapshot {
  readonly counters: {
    readonly step: number;
    readonly nonFiniteInRow: number;
    readonly nonFinite: number;
  };
  readonly mixer: unknown;
}

/** A snapshot as a checkpoint holds it, read from the device where it lies on one: `trees` for its tensors, `state` for the rest. */
export async function toCheckpoint({ step, state, batches, nonFinite }: Snapshot): Promise<{
  readonly trees: { readonly model: Tree<NdArray>; readonly optimizer: Tree<NdArray> };
  readonly state: SavedSnapshot;
}> {
  const { params, optimizer } = await readArrays(state);
  return {
    trees: { model: params, optimizer },
    state: {
      counters: { step, nonFiniteInRow: nonFinite.inRow, nonFinite: nonFinite.total },
      mixer: batches,
    },
  };
}

/**
 * The snapshot that a loaded checkpoint holds.
 *
 * @param like - State of the right shapes.
 * @param name - The checkpoint's folder, for messages.
 * @throws RangeError naming each tensor that is missing, extra, misshapen or not finite.
 */
export function fromCheckpoint(
  { trees, state }: Pick<LoadedCheckpoint, 'trees' | 'state'>,
  like: TrainState,
  name: string,
): Snapshot {
  const { counters, mixer } = state as SavedSnapshot;
  const match = (tree: Tree<NdArray>, file: string) =>
    matchTree(tree, trees[file]!, { name: `${name}/${file}.safetensors` });
  return {
    step: counters.step,
    state: { params: match(like.params, 'model'), optimizer: match(like.optimizer, 'optimizer') },
    batches: mixer,
    nonFinite: { inRow: counters.nonFiniteInRow, total: counters.nonFinite },
  };
}

/**
 * Saves and loads the snapshots of a training in a folder.
 *
 * @param folder - Made where it is missing; checkpoints lie in `checkpoints/` inside.
 * @throws RangeError if an option is unknown; from `latest` and `save`, if what is given is no snapshot; from `save`, if `keepLast` or `keepBest` is no count.
 *
 * @example
 * ```ts
 * const checkpoints = createCheckpoints('runs/photos', { keepLast: 2 });
 * const from = (await checkpoints.latest(fresh)) ?? fresh;
 * ```
 */
export function createCheckpoints(folder: string, options: KeepOptions = {}): Checkpoints {
  checkOptions(text('Name the folder of the run, e.g. runs/photos.'), folder, { path: 'folder' });
  requireOptions(options, ['keepLast', 'keepBest', 'extra', 'onDamage'], 'Write e.g. { keepLast: 2 }.');
  const { keepLast = 1, keepBest = 0, extra = {} } = options;
  return {
    async latest(like) {
      checkOptions(snapshotRule, like, { path: 'like' });
      const { newest, damaged } = await loadNewestCheckpoint(folder);
      if (newest === undefined) {
        throwFaults(
          damaged.map(({ step, reason }) =>
            faultOf(
              `the checkpoint of step ${step}`,
              'whole',
              reason,
              'Bring one back from a copy, or train anew elsewhere.',
            ),
          ),
        );
        return undefined;
      }
      for (const { step, reason } of damaged) options.onDamage?.(step, reason);
      return fromCheckpoint(newest, like.state, newest.folder);
    },
    async save(snapshot, metric) {
      checkOptions(snapshotRule, snapshot, { path: 'snapshot' });
      const { trees, state } = await toCheckpoint(snapshot);
      return saveCheckpoint(
        folder,
        {
          step: snapshot.step,
          trees,
          state: { ...extra, ...state },
          ...(metric !== undefined && { metric }),
        },
        { keepLast, keepBest },
      );
    },
  };
}
