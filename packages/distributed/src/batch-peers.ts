import { invalidField, throwFaults, faultOf } from '@m3ae/errors';
import type { Communicator } from './communicator.js';

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
}

/** Ranks that compute each batch together; micro-batch `g` belongs to rank `g % size`. */
export interface BatchPeers {
  readonly rank: number;
  readonly size: number;
  /**
   * Adds this rank's next micro-batch: in round `k`, that is micro-batch `k * size + rank`.
   *
   * Resolves once the values may be overwritten; they travel on while the next micro-batch is computed.
   *
   * @param gradients - Arrays of the same lengths each time.
   * @throws RangeError if the lengths add up to another number than before.
   */
  add(gradients: readonly Float32Array[]): Promise<void>;
  /**
   * Writes the sum over all ranks and rounds, and begins anew for the next batch.
   *
   * @param sum - Arrays of the lengths of `add`.
   * @throws RankFailed if a rank does not take part.
   */
  finish(sum: readonly Float32Array[]): Promise<void>;
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
  const { order = 'fixed', overlap = true, bucket = 1 << 20 } = options;
  throwFaults([
    !(Number.isInteger(bucket) && bucket >= 1) &&
      faultOf('bucket', 'a positive integer', bucket, 'Leave it out for 1048576.'),
    !['fixed', 'fast'].includes(order) &&
      faultOf('order', '"fixed" or "fast"', order, 'Leave it out for "fixed".'),
  ]);
  const { rank, size } = communicator;
  const create = order === 'fixed' ? fixedSum : fastSum;
  let sum: FlatSum | undefined;
  return {
    rank,
    size,
    async add(gradients) {
      const length = gradients.reduce((total, each) => total + each.length, 0);
      sum ??= create(communicator, length, bucket);
      if (length !== sum.length) {
        const remedy = 'Pass the gradients of all parameters.';
        throw invalidField('gradients', `of ${sum.length} elements in all`, length, remedy);
      }
      await sum.add(gradients);
      if (!overlap) await sum.arrived();
    },
    async finish(into) {
      if (sum === undefined) throw invalidField('finish', 'called after add', 'a call', 'Add a micro-batch.');
      const total = await sum.finish();
      let begin = 0;
      for (const each of into) each.set(total.subarray(begin, (begin += each.length)));
    },
    gather: (own) => gatherRounds(communicator, own),
  };
}

/** A sum of flattened gradients. */
interface FlatSum {
  readonly length: number;
  add(gradients: readonly Float32Array[]): Promise<void>;
  /** Resolves once nothing is on its way. */
  arrived(): Promise<void>;
  /** Valid until the next `add`. */
  finish(): Promise<Float32Array>;
}

/** Sums in place; the first summand replaces what was there. */
function accumulate(total: Float32Array, summand: Float32Array, first: boolean): void {
  if (first) total.set(summand);
  else for (let i = 0; i < total.length; i++) total[i] = total[i]! + summand[i]!;
}

/** Two buckets travel at a time, so that one arrives while the other is added. */
const lanes = 2;

function fixedSum(communicator: Communicator, length: number, bucket: number): FlatSum {
  const { rank, size } = communicator;
  const part = Math.ceil(length / size); // the last one may be longer than what is left: padded by zeros
  const whole = new Float32Array(part * size);
  const own = new Float32Array(part);
  const scratch = Array.from({ length: lanes }, () => new Float32Array(Math.min(bucket, part) * size));
  let rounds = 0;
  let travelling: Promise<void> = Promise.resolve();
  const travel = async (offset: number, lane: number, first: boolean) => {
    const each = Math.min(bucket, part - offset);
    const received = scratch[lane]!;
    const sent = { length: each, stride: part, offset };
    await communicator.exchange(whole, sent, received, { length: each, stride: each });
    const total = own.subarray(offset, offset + each);
    for (let from = 0; from < size; from++) {
      accumulate(total, received.subarray(from * each, (from + 1) * each), first && from === 0);
    }
  };
  const exchangeAll = async (first: boolean) => {
    const waiting: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
    for (let index = 0; index * bucket < part; index++) {
      const lane = index % lanes;
      await waiting[lane];
      waiting[lane] = travel(index * bucket, lane, first);
      waiting[lane].catch(() => undefined); // thrown where it is awaited
    }
    await Promise.all(waiting);
  };
  return {
    length,
    async add(gradients) {
      await travelling; // the former round still reads `whole`
      copyTo(whole, gradients);
      travelling = exchangeAll(rounds++ === 0);
      travelling.catch(() => undefined); // thrown where it is awaited
    },
    arrived: () => travelling,
    async finish() {
      await travelling;
      rounds = 0;
      whole.set(own, rank * part);
      await communicator.allGather(whole);
      return whole;
    },
  };
}

function fastSum(communicator: Communicator, length: number, bucket: number): FlatSum {
  const total = new Float32Array(length);
  let rounds = 0;
  return {
    length,
    async add(gradients) {
      let begin = 0;
      for (const each of gradients)
        accumulate(total.subarray(begin, (begin += each.length)), each, rounds === 0);
      rounds++;
    },
    arrived: async () => undefined,
    async finish() {
      rounds = 0;
      const step = bucket * communicator.size;
      for (let at = 0; at < length; at += step) await communicator.allReduce(total.subarray(at, at + step));
      return total;
    },
  };
}

function copyTo(flat: Float32Array, arrays: readonly Float32Array[]): void {
  let begin = 0;
  for (const each of arrays) {
    flat.set(each, begin);
    begin += each.length;
  }
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
