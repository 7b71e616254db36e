import type { Communicator } from './communicator.js';

/** A sum of gradients over ranks and rounds, whose arrays have the same lengths each time. */
export interface GradientSum {
  /**
   * Adds a summand.
   *
   * @param asked - Whether this rank asks to end the batch; undefined, on all ranks, where none ever does.
   * @returns Whether any rank asked beside the summand before, which has arrived by now; the same on all.
   */
  add(gradients: readonly Float32Array[], asked?: boolean): Promise<boolean>;
  /** Resolves once nothing is on its way. */
  arrived(): Promise<unknown>;
  /** Writes the sum, and begins anew. */
  finish(into: readonly Float32Array[]): Promise<void>;
  /** Begins anew; resolves once nothing is on its way. */
  forget(): Promise<void>;
}

/** Makes a sum of arrays of these lengths, of which `bucket` elements travel to each rank at a time. */
export type CreateSum = (
  communicator: Communicator,
  lengths: readonly number[],
  bucket: number,
) => GradientSum;

/** Whether any rank asks; the same answer on all. */
export async function anyAsks({ allReduce }: Communicator, asked?: boolean): Promise<boolean> {
  if (asked === undefined) return false;
  const votes = new Float32Array([Number(asked)]);
  await allReduce(votes);
  return votes[0]! > 0;
}

/** Each rank's own first, then by MPI. */
export const fastSum: CreateSum = (communicator, lengths, bucket) => {
  const total = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let rounds = 0;
  let vote = Promise.resolve(false);
  const forget = async () => {
    await vote;
    vote = Promise.resolve(false);
    rounds = 0;
  };
  return {
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
    async finish(into) {
      await forget();
      const step = bucket * communicator.size;
      for (let at = 0; at < total.length; at += step)
        await communicator.allReduce(total.subarray(at, at + step));
      let begin = 0;
      for (const each of into) each.set(total.subarray(begin, (begin += each.length)));
    },
  };
};

/** Copies arrays one behind the other into a longer one. */
export function copyTo(flat: Float32Array, arrays: readonly Float32Array[]): void {
  let begin = 0;
  for (const each of arrays) {
    flat.set(each, begin);
    begin += each.length;
  }
}
