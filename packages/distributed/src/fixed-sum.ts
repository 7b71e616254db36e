import { anyAsks, copyTo, type CreateSum } from './gradient-sum.js';

/** Two buckets travel at a time, so that one arrives while the other is added. */
const lanes = 2;

/** Arrays of fewer elements travel together: a message of their own costs more than the copy. */
const largeArray = 1 << 14;

/**
 * Reduced and scattered in the order of the ranks, then gathered. Large arrays travel from where they are, so a summand must stay as it
 * is until the call after has resolved.
 */
export const fixedSum: CreateSum = (communicator, lengths, bucket) => {
  const { rank, size } = communicator;
  const { pack, unpack, pieces } = packing(lengths, size);
  const own = new Float32Array(pieces.reduce((sum, piece) => sum + piece, 0));
  const longest = Math.min(bucket, Math.max(...pieces));
  const scratch = Array.from({ length: lanes }, () => new Float32Array(longest * size));
  let rounds = 0;
  let travelling = Promise.resolve(false);
  /** Receives this rank's share of a bucket from all others and adds it, in the order of the ranks. */
  const travel = async (array: Float32Array, offset: number, total: Float32Array, lane: number) => {
    const first = rounds === 1;
    const each = total.length;
    const stride = array.length / size;
    const received = scratch[lane]!;
    await communicator.exchange(array, { length: each, stride, offset }, received, {
      length: each,
      stride: each,
    });
    for (let from = 0; from < size; from++) {
      const begin = from === rank ? rank * stride + offset : from * each;
      const summand = (from === rank ? array : received).subarray(begin, begin + each);
      if (first && from === 0) total.set(summand);
      else communicator.addTo(total, summand);
    }
  };
  const exchangeAll = async (arrays: readonly Float32Array[], asked?: boolean) => {
    const vote = anyAsks(communicator, asked); // before the buckets on every rank, because all must begin in one order
    const begin = createLanes();
    let place = 0;
    for (const [at, array] of arrays.entries()) {
      for (let offset = 0; offset < pieces[at]!; offset += bucket) {
        const total = own.subarray(place, (place += Math.min(bucket, pieces[at]! - offset)));
        await begin((lane) => travel(array, offset, total, lane));
      }
    }
    const [any] = await Promise.all([vote, begin.ended()]);
    return any;
  };
  const forget = async () => {
    await travelling;
    travelling = Promise.resolve(false);
    rounds = 0;
  };
  return {
    async add(gradients, asked) {
      const before = await travelling; // the small arrays of the former round still travel
      rounds++;
      travelling = exchangeAll(pack(gradients), asked);
      travelling.catch(() => undefined); // thrown where it is awaited
      return before;
    },
    arrived: () => travelling,
    forget,
    async finish(into) {
      await forget();
      const begin = createLanes();
      let place = 0;
      for (const [at, array] of pack(into).entries()) {
        array.set(own.subarray(place, (place += pieces[at]!)), rank * pieces[at]!);
        await begin(() => communicator.allGather(array));
      }
      await begin.ended();
      unpack(into);
    },
  };
};

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
  const rest = new Float32Array(Math.ceil(left / size) * size); // its end may be padding
  const tailsOf = (arrays: readonly Float32Array[]) => arrays.map((array, at) => array.subarray(large[at]));
  return {
    pieces: [...large.filter((length) => length > 0), rest.length].map((length) => length / size),
    pack(arrays: readonly Float32Array[]): readonly Float32Array[] {
      copyTo(rest, tailsOf(arrays));
      const whole = arrays.map((array, at) => array.subarray(0, large[at]));
      return [...whole.filter((array) => array.length > 0), rest];
    },
    unpack(arrays: readonly Float32Array[]): void {
      let begin = 0;
      for (const tail of tailsOf(arrays)) tail.set(rest.subarray(begin, (begin += tail.length)));
    },
  };
}
