import type { Communicator } from './communicator.js';
import { anyAsks, copyTo, type CreateSum } from './gradient-sum.js';

/** Two buckets travel at a time, so that one arrives while the other is added. */
const lanes = 2;

/** Arrays of fewer elements travel together: a message of their own costs more than the copy. */
const largeArray = 1 << 14;

/**
 * Reduced and scattered in the order of the ranks, then gathered. Large arrays travel from where they are, and a rank's share is added up
 * within them: only where a batch needs their place again before it ends, the share moves to room of its own.
 */
export const fixedSum: CreateSum = (communicator, lengths, bucket) => {
  const { rank, size } = communicator;
  const { pack, unpack, pieces } = packing(lengths, size);
  const longest = Math.min(bucket, Math.max(...pieces));
  const scratch = Array.from({ length: lanes }, () => new Float32Array(longest * size));
  const sharesOf = (arrays: readonly Float32Array[]) =>
    arrays.map((array, at) => array.subarray(rank * pieces[at]!, (rank + 1) * pieces[at]!));
  let room: readonly Float32Array[] | undefined;
  let total: readonly Float32Array[] | undefined; // this rank's share of every array, summed up so far
  let travelling = Promise.resolve(false);
  /** Receives this rank's share of a bucket from all others and adds it up, into the array unless the sum stays where it is. */
  const travel = async (
    array: Float32Array,
    offset: number,
    lane: number,
    sum?: Float32Array,
    stays?: boolean,
  ) => {
    const stride = array.length / size;
    const length = Math.min(bucket, stride - offset);
    const received = scratch[lane]!;
    await communicator.exchange(array, { length, stride, offset }, received, { length, stride: length });
    const summands = Array.from({ length: size }, (_, from) => {
      const begin = from === rank ? rank * stride + offset : from * length;
      return (from === rank ? array : received).subarray(begin, begin + length);
    });
    addInOrder(communicator, summands, sum?.subarray(offset, offset + length), stays ? undefined : rank);
  };
  const exchangeAll = async (arrays: readonly Float32Array[], stays: boolean, asked?: boolean) => {
    const vote = anyAsks(communicator, asked); // before the buckets on every rank, because all must begin in one order
    vote.catch(() => undefined); // thrown where it is awaited, unless a bucket fails first
    const begin = createLanes();
    const before = total;
    if (!stays) total = sharesOf(arrays);
    for (const [at, array] of arrays.entries()) {
      for (let offset = 0; offset < pieces[at]!; offset += bucket)
        await begin((lane) => travel(array, offset, lane, before?.[at], stays));
    }
    const [any] = await Promise.all([vote, begin.ended()]);
    return any;
  };
  /** Waits, and moves the sum out of arrays that may be overwritten from now on. */
  const arrived = async () => {
    const asked = await travelling;
    if (total !== undefined && total !== room) {
      room ??= pieces.map((length) => new Float32Array(length));
      room.forEach((piece, at) => piece.set(total![at]!));
      total = room;
    }
    return asked;
  };
  const forget = async () => {
    await travelling;
    travelling = Promise.resolve(false);
    total = undefined;
  };
  return {
    async add(gradients, asked) {
      const before = await arrived();
      travelling = exchangeAll(pack(gradients), total !== undefined, asked);
      travelling.catch(() => undefined); // thrown where it is awaited
      return before;
    },
    arrived,
    forget,
    async finish(gradients) {
      const asked = await travelling;
      const arrays = pack(gradients);
      await exchangeAll(arrays, false);
      const begin = createLanes();
      for (const array of arrays) await begin(() => communicator.allGather(array));
      await begin.ended();
      unpack(arrays, gradients);
      await forget();
      return asked;
    },
  };
};

/**
 * Adds to a sum, or begins one.
 *
 * @param into - Which of the summands is overwritten with the result. By default the sum is, which must be given then.
 */
function addInOrder(
  { addTo }: Communicator,
  summands: readonly Float32Array[],
  sum?: Float32Array,
  into?: number,
): void {
  let total = sum;
  for (const [place, summand] of summands.entries()) {
    if (total === undefined) total = summand;
    else if (place !== into) addTo(total, summand);
    else {
      addTo(summand, total); // the same bits as the other way around
      total = summand;
    }
  }
}

/** Begins one thing after the other, as many under way as there are lanes. */
function createLanes() {
  const busy: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
  let count = 0;
  const begin = async (body: (lane: number) => Promise<void>) => {
    const lane = count++ % lanes;
    await busy[lane];
    busy[lane] = body(lane);
    busy[lane].catch(() => undefined); // thrown where it is awaited
  };
  return Object.assign(begin, { ended: async () => void (await Promise.all(busy)) });
}

/**
 * How arrays of these lengths travel: what `size` divides of a large one from where it is; all small ones, and what is left over of
 * the large ones, as one array at the end.
 *
 * @returns `pieces`: elements for each rank of every array that travels.
 */
function packing(lengths: readonly number[], size: number) {
  const large = lengths.map((length) => (length < largeArray ? 0 : length - (length % size)));
  const left = lengths.reduce((sum, length, at) => sum + length - large[at]!, 0);
  const rest = Math.ceil(left / size) * size; // its end may be padding
  const tailsOf = (arrays: readonly Float32Array[]) => arrays.map((array, at) => array.subarray(large[at]));
  return {
    pieces: [...large.filter((length) => length > 0), rest].map((length) => length / size),
    pack(arrays: readonly Float32Array[]): readonly Float32Array[] {
      const tails = new Float32Array(rest);
      copyTo(tails, tailsOf(arrays));
      const whole = arrays.map((array, at) => array.subarray(0, large[at]));
      return [...whole.filter((array) => array.length > 0), tails];
    },
    unpack(packed: readonly Float32Array[], arrays: readonly Float32Array[]): void {
      let begin = 0;
      for (const tail of tailsOf(arrays)) tail.set(packed.at(-1)!.subarray(begin, (begin += tail.length)));
    },
  };
}
