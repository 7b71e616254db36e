import { faultOf, invalidField, pluralize, positiveInteger, throwFaults } from '@m3ae/errors';
import { flag, number, oneOf, withDefault } from '@m3ae/errors/rules';
import type { Communicator } from './communicator.js';
import { fixedSum } from './fixed-sum.js';
import { anyAsks, copyTo, fastSum, type GradientSum } from './gradient-sum.js';

/**
 * In which order gradients are added. `fixed`: that of the micro-batches, so the sum has the same bits for any number of
 * ranks. `fast`: each rank's own first, then as MPI likes; fewer bytes travel.
 */
export type ReductionOrder = 'fixed' | 'fast';

/** How {@link createBatchPeers} sums. */
export interface BatchPeersOptions {
  /** Default `fixed`. */
  readonly order?: ReductionOrder;
  /** Whether gradients travel while the next micro-batch is computed, in the fixed order. Default true. */
  readonly overlap?: boolean;
  /** Elements that travel to each rank at a time. Default 1,048,576: 4 MiB. */
  readonly bucket?: number;
  /** Lets all ranks end a batch after the same micro-batch. */
  readonly stop?: CommonStop;
}

/** How ranks agree that they stop. */
export interface CommonStop {
  /** Aborted where this rank is asked to stop. */
  readonly asked: AbortSignal;
  /**
   * Aborted on every rank once any is asked: by the `add` or `finish` of the micro-batch after, or by `gather`. Unless it is finished,
   * the batch is forgotten then, and nothing of it travels any more.
   */
  readonly agreed: AbortController;
}

/** How ranks agree that they stop where one is asked to; one process alone agrees at once. */
export function commonStop({ size }: Pick<Communicator, 'size'>, asked: AbortSignal): CommonStop {
  const agreed = new AbortController();
  if (size === 1) asked.addEventListener('abort', () => agreed.abort());
  return { asked, agreed };
}

/** Whether any rank was asked to stop; all give the same answer after the same step. */
export const anyStops = (communicator: Communicator, { asked }: CommonStop): Promise<boolean> =>
  anyAsks(communicator, asked.aborted);

/** Ranks that compute each batch together; micro-batch `g` belongs to rank `g % size`. */
export interface BatchPeers {
  readonly rank: number;
  readonly size: number;
  /** Whether `add` still reads its arrays after it has resolved. */
  readonly borrows: boolean;
  /**
   * Adds this rank's next micro-batch, unless it is the last: in round `k`, that is micro-batch `k * size + rank`.
   *
   * @param gradients - Arrays of the same lengths each time, for sums to be written into. They may be overwritten once this resolves; with
   * `borrows`, where they travel while the next micro-batch is computed, not before the call after has resolved.
   * @throws RangeError if they have other lengths than before.
   */
  add(gradients: readonly Float32Array[]): Promise<void>;
  /**
   * Adds this rank's last micro-batch, and begins anew for the next batch.
   *
   * @param gradients - As those of `add`; are overwritten with the sum over all ranks and rounds.
   * @throws RankFailed if a rank does not take part.
   */
  finish(gradients: readonly Float32Array[]): Promise<void>;
  /**
   * Values of all micro-batches in their order: what a contrast needs, whose negatives are the whole batch's.
   *
   * @param own - An array for each round, all of one length.
   */
  gather(own: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}

/**
 * Lets ranks compute a batch together, as `peers` of `createTrainStep` of `@m3ae/training`.
 *
 * In the fixed order each rank owns a part of the gradient. In every round it receives that part from all others and adds it in
 * the order of the ranks, which is that of the micro-batches; at the end the parts are gathered. So every element is
 * `((g0 + g1) + g2) + …` in single precision, as in one process that computes all micro-batches one after the other.
 * In `r` rounds each of `n` ranks sends `(r + 1) (n - 1) / n` gradients, and `2 (n - 1) / n` in the fast order.
 *
 * @throws InvalidInput if the bucket is no positive integer.
 *
 * @example
 * ```ts
 * const step = createTrainStep({ task, optimizer, schedule, runner, accumulate: 8, peers: createBatchPeers(communicator) });
 * ```
 */
export function createBatchPeers(communicator: Communicator, options: BatchPeersOptions = {}): BatchPeers {
  const { order = 'fixed', overlap = true, bucket = 1 << 20, stop } = options;
  throwFaults([
    positiveInteger('bucket', bucket, 'Leave it out for 1048576.'),
    !['fixed', 'fast'].includes(order) &&
      faultOf('order', '"fixed" or "fast"', order, 'Leave it out for "fixed".'),
  ]);
  const { rank, size } = communicator;
  const create = order === 'fixed' ? fixedSum : fastSum;
  let sum: GradientSum | undefined;
  let lengths: readonly number[] | undefined;
  const sumFor = (arrays: readonly Float32Array[]) => {
    const found = arrays.map(({ length }) => length);
    lengths ??= found;
    if (found.join() === lengths.join()) return (sum ??= create(communicator, found, bucket));
    const tell = (each: readonly number[]) =>
      `${each.reduce((a, b) => a + b, 0)} elements in ${pluralize(each.length, 'array')}`;
    throw invalidField(
      'gradients',
      `of ${tell(lengths)}, as before`,
      tell(found),
      'Pass those of all parameters.',
    );
  };
  const endBatch = async () => {
    await sum?.forget(); // nothing of it may still travel
    stop?.agreed.abort();
  };
  return {
    rank,
    size,
    borrows: order === 'fixed' && overlap,
    async add(gradients) {
      const current = sumFor(gradients);
      const asked = await current.add(gradients, stop?.asked.aborted);
      if (!overlap) await current.arrived();
      if (asked) await endBatch();
    },
    async finish(gradients) {
      if (await sumFor(gradients).finish(gradients)) stop?.agreed.abort();
    },
    async gather(own) {
      const all = await gatherRounds(communicator, own);
      if (await anyAsks(communicator, stop?.asked.aborted)) await endBatch();
      return all;
    },
  };
}

async function gatherRounds(
  communicator: Communicator,
  own: readonly Float32Array[],
): Promise<readonly Float32Array[]> {
  const { rank, size } = communicator;
  const each = own[0]!.length;
  const block = own.length * each;
  const all = new Float32Array(size * block);
  copyTo(all.subarray(rank * block), own);
  await communicator.allGather(all);
  return Array.from({ length: size * own.length }, (_, place) => {
    const begin = (place % size) * block + Math.floor(place / size) * each;
    return all.subarray(begin, begin + each);
  });
}

/** Rules of the section `distributed` of a config: what several ranks of a launcher do together. */
export const distributedRules = {
  reduction: withDefault(
    oneOf(
      ['fixed', 'fast'],
      '"fixed" adds gradients in one order, so weights do not depend on the number of ranks; "fast" sends fewer bytes.',
    ),
    'fixed',
  ),
  overlap: withDefault(flag('true sends gradients while the next micro-batch is computed.'), true),
  timeout: withDefault(
    number(
      { above: 0, limit: 86_400 }, // a day: nobody waits longer for a rank
      'Seconds after which a rank that keeps the others waiting ends the job.',
    ),
    300,
  ),
} as const;
