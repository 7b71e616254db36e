import type { Communicator } from './communicator.js';

/** A sum of gradients over ranks and rounds, whose arrays have the same lengths each time. */
export interface GradientSum {
  /**
   * Adds a summand that is not the last.
   *
   * @param asked - Whether this rank asks to end the batch; undefined, on all ranks, where none ever does.
   * @returns Whether any rank asked beside the summand before, which has arrived by now; the same on all.
   */
  add(gradients: readonly Float32Array[], asked?: boolean): Promise<boolean>;
  /** Resolves once the arrays of the last `add` are free. */
  arrived(): Promise<unknown>;
  /**
   * Adds the last summand, writes the sum over it, and begins anew.
   *
   * @returns As `add` does.
   */
  finish(gradients: readonly Float32Array[]): Promise<boolean>;
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
  let empty = true;
  let vote = Promise.resolve(false);
  const addOwn = (gradients: readonly Float32Array[]) => {
    let begin = 0;
    for (const each of gradients) {
      const into = total.subarray(begin, (begin += each.length));
      if (empty) into.set(each);
      else communicator.addTo(into, each);
    }
    empty = false;
  };
  const forget = async () => {
    await vote;
    vote = Promise.resolve(false);
    empty = true;
  };
  return {
    async add(gradients, asked) {
      addOwn(gradients);
      const before = await vote;
      vote = anyAsks(communicator, asked);
      vote.catch(() => undefined); // thrown where it is awaited
      return before;
    },
    arrived: () => vote,
    forget,
    async finish(gradients) {
      addOwn(gradients);
      const asked = await vote;
      const step = bucket * communicator.size;
      for (let at = 0; at < total.length; at += step)
        await communicator.allReduce(total.subarray(at, at + step));
      let begin = 0;
      for (const each of gradients) each.set(total.subarray(begin, (begin += each.length)));
      await forget();
      return asked;
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
