import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import type { Communicator } from './communicator.js';

/**
 * In which order gradients are added. `fixed`: that of the micro-batches, so the sum has the same bits for any number of
 * ranks. `fast`: each rank's own first, then as MPI likes; fewer bytes travel.
 */
export type ReductionOrder = 'fixed' | 'fast';

/** What {@link createGradientSum} is told. */
export interface GradientSumOptions {
  /** Elements of a gradient. */
  readonly length: number;
  /** Default `fixed`. */
  readonly order?: ReductionOrder;
  /** Elements that travel to each rank at a time. Default 1,048,576: 4 MiB. */
  readonly bucket?: number;
}

/** The sum of the gradients of one global batch, whose micro-batches `g` belong to ranks `g % size`. */
export interface GradientSum {
  /**
   * Adds this rank's next micro-batch: in round `k`, that is micro-batch `k * size + rank`.
   *
   * Resolves once the values may be overwritten; they travel on while the next micro-batch is computed.
   *
   * @param gradient - Flat: [length].
   * @throws RangeError if the length is another one.
   */
  add(gradient: Float32Array): Promise<void>;
  /**
   * The sum over all ranks and rounds, and a fresh start for the next batch.
   *
   * @returns [length]; valid until the next `add`.
   * @throws RankFailed if a rank does not take part.
   */
  finish(): Promise<Float32Array>;
}

/**
 * Sums gradients over ranks.
 *
 * In the fixed order each rank owns a part of the gradient. In every round it receives that part from all others and adds it in
 * the order of the ranks, which is that of the micro-batches; at the end the parts are gathered. So every element is
 * `((g0 + g1) + g2) + …` in single precision, as in one process that computes all micro-batches one after the other.
 * In `r` rounds each of `n` ranks sends `(r + 1) (n - 1) / n` gradients, and `2 (n - 1) / n` in the fast order.
 *
 * @throws InvalidInput if a length is not a positive integer.
 *
 * @example
 * ```ts
 * const sum = createGradientSum(communicator, { length: 3 });
 * await sum.add(gradient);
 * const total = await sum.finish();
 * ```
 */
export function createGradientSum(communicator: Communicator, options: GradientSumOptions): GradientSum {
  const { length, order = 'fixed', bucket = 1 << 20 } = options;
  throwFaults([
    !(length >= 1) && faultOf('length', 'a positive integer', length, 'Count the parameters.'),
    !(bucket >= 1) && faultOf('bucket', 'a positive integer', bucket, 'Leave it out for 1048576.'),
  ]);
  const sum =
    communicator.size === 1
      ? aloneSum(length)
      : order === 'fixed'
        ? fixedSum(communicator, length, bucket)
        : fastSum(communicator, length, bucket);
  return {
    async add(gradient) {
      if (gradient.length !== length) {
        const remedy = 'Pass the gradient of all parameters, flattened.';
        throw invalidField('gradient', `of ${length} elements`, gradient.length, remedy);
      }
      await sum.add(gradient);
    },
    finish: () => sum.finish(),
  };
}

/** The sum of one process. */
function aloneSum(length: number): GradientSum {
  const total = new Float32Array(length);
  let rounds = 0;
  return {
    async add(gradient) {
      accumulate(total, gradient, rounds++ === 0);
    },
    async finish() {
      rounds = 0;
      return total;
    },
  };
}

/** Sums in place; the first summand replaces what was there, because `0 + -0` is not `-0`. */
function accumulate(total: Float32Array, summand: Float32Array, first: boolean): void {
  if (first) total.set(summand);
  else for (let i = 0; i < total.length; i++) total[i] = total[i]! + summand[i]!;
}

/** Two buckets travel at a time, so that one arrives while the other is added. */
const lanes = 2;

function fixedSum(communicator: Communicator, length: number, bucket: number): GradientSum {
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
    await communicator.exchange(whole, { length: each, stride: part, offset }, received, {
      length: each,
      stride: each,
    });
    const total = own.subarray(offset, offset + each);
    for (let from = 0; from < size; from++) {
      accumulate(total, received.subarray(from * each, (from + 1) * each), first && from === 0);
    }
  };
  const exchangeAll = async (first: boolean) => {
    const places = Array.from({ length: Math.ceil(part / bucket) }, (_, index) => index * bucket);
    const waiting: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
    for (const [index, offset] of places.entries()) {
      const lane = index % lanes;
      await waiting[lane];
      waiting[lane] = travel(offset, lane, first);
      waiting[lane].catch(() => undefined); // thrown where it is awaited
    }
    await Promise.all(waiting);
  };
  return {
    async add(gradient) {
      await travelling; // the former round still reads `whole`
      whole.set(gradient);
      travelling = exchangeAll(rounds++ === 0);
      travelling.catch(() => undefined); // thrown where it is awaited
    },
    async finish() {
      await travelling;
      rounds = 0;
      whole.set(own, rank * part);
      await communicator.allGather(whole);
      return whole.subarray(0, length);
    },
  };
}

function fastSum(communicator: Communicator, length: number, bucket: number): GradientSum {
  const alone = aloneSum(length);
  return {
    add: (gradient) => alone.add(gradient),
    async finish() {
      const total = await alone.finish();
      const step = bucket * communicator.size;
      for (let offset = 0; offset < length; offset += step) {
        await communicator.allReduce(total.subarray(offset, offset + step));
      }
      return total;
    },
  };
}
