import type { Communicator } from './communicator.js';

/** A sum of flattened gradients. */
export interface FlatSum {
  readonly length: number;
  /**
   * Adds a summand.
   *
   * @param asked - Whether this rank asks to end the batch; undefined, on all ranks, where none ever does.
   * @returns Whether any rank asked beside the summand before, which has arrived by now; the same on all.
   */
  add(gradients: readonly Float32Array[], asked?: boolean): Promise<boolean>;
  /** Resolves once nothing is on its way. */
  arrived(): Promise<unknown>;
  /** Valid until the next `add`, which begins anew. */
  finish(): Promise<Float32Array>;
  /** Begins anew with the next `add`; resolves once nothing is on its way. */
  forget(): Promise<void>;
}

/** Two buckets travel at a time, so that one arrives while the other is added. */
const lanes = 2;

/** Whether any rank asks; the same answer on all. */
export async function anyAsks({ allReduce }: Communicator, asked?: boolean): Promise<boolean> {
  if (asked === undefined) return false;
  const votes = new Float32Array([Number(asked)]);
  await allReduce(votes);
  return votes[0]! > 0;
}

/** Reduced and scattered in the order of the ranks, then gathered. */
export function fixedSum(communicator: Communicator, length: number, bucket: number): FlatSum {
  const { rank, size } = communicator;
  const part = Math.ceil(length / size); // the last one may be longer than what is left: padded by zeros
  const whole = new Float32Array(part * size);
  const own = new Float32Array(part);
  const scratch = Array.from({ length: lanes }, () => new Float32Array(Math.min(bucket, part) * size));
  let rounds = 0;
  let travelling = Promise.resolve(false);
  const travel = async (offset: number, lane: number, first: boolean) => {
    const each = Math.min(bucket, part - offset);
    const received = scratch[lane]!;
    const sent = { length: each, stride: part, offset };
    await communicator.exchange(whole, sent, received, { length: each, stride: each });
    const total = own.subarray(offset, offset + each);
    for (let from = 0; from < size; from++) {
      const begin = from === rank ? rank * part + offset : from * each;
      const summand = (from === rank ? whole : received).subarray(begin, begin + each);
      if (first && from === 0) total.set(summand);
      else communicator.addTo(total, summand);
    }
  };
  const exchangeAll = async (first: boolean, asked?: boolean) => {
    const vote = anyAsks(communicator, asked); // before the buckets on every rank, because all must begin in one order
    const waiting: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
    for (let index = 0; index * bucket < part; index++) {
      const lane = index % lanes;
      await waiting[lane];
      waiting[lane] = travel(index * bucket, lane, first);
      waiting[lane].catch(() => undefined); // thrown where it is awaited
    }
    const [any] = await Promise.all([vote, ...waiting]);
    return any;
  };
  const forget = async () => {
    await travelling;
    travelling = Promise.resolve(false);
    rounds = 0;
  };
  return {
    length,
    async add(gradients, asked) {
      const before = await travelling; // the former round still reads `whole`
      copyTo(whole, gradients);
      travelling = exchangeAll(rounds++ === 0, asked);
      travelling.catch(() => undefined); // thrown where it is awaited
      return before;
    },
    arrived: () => travelling,
    forget,
    async finish() {
      await forget();
      whole.set(own, rank * part);
      await communicator.allGather(whole);
      return whole;
    },
  };
}

/** Each rank's own first, then by MPI. */
export function fastSum(communicator: Communicator, length: number, bucket: number): FlatSum {
  const total = new Float32Array(length);
  let rounds = 0;
  let vote = Promise.resolve(false);
  const forget = async () => {
    await vote;
    vote = Promise.resolve(false);
    rounds = 0;
  };
  return {
    length,
    async add(gradients, asked) {
      let begin = 0;
      for (const each of gradients) {
        const into = total.subarray(begin, (begin += each.length));
        if (rounds === 0) into.set(each);
        else communicator.addTo(into, each);
      }
      rounds++;
      const before = await vote;
      vote = anyAsks(communicator, asked);
      vote.catch(() => undefined); // thrown where it is awaited
      return before;
    },
    arrived: () => vote,
    forget,
    async finish() {
      await forget();
      const step = bucket * communicator.size;
      for (let at = 0; at < length; at += step) await communicator.allReduce(total.subarray(at, at + step));
      return total;
    },
  };
}

/** Copies arrays one behind the other into a longer one. */
export function copyTo(flat: Float32Array, arrays: readonly Float32Array[]): void {
  let begin = 0;
  for (const each of arrays) {
    flat.set(each, begin);
    begin += each.length;
  }
}
