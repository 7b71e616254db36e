import { foldIn, permutation, type RngKey } from '@m3ae/random';
import type { MixerSource, SourceShards } from './options.js';

/**
 * The endless sequence of batches of one source: each epoch is ordered anew by `foldIn(key, epoch)`, or always as it is.
 *
 * A batch is a function of its number alone; the order of one epoch is remembered, since batches are asked for in turn.
 */
export function epochOrder(
  key: RngKey,
  { length, shards }: Pick<MixerSource, 'length' | 'shards'>,
  batchSize: number,
  shuffle: boolean,
) {
  const batchesPerEpoch = Math.floor(length / batchSize);
  let remembered: { epoch: number; lanes: readonly Int32Array[] } | undefined;
  return {
    /** Whole batches in an epoch; the rest of the examples is left out, others in each epoch. */
    batchesPerEpoch,
    /** Dataset indices of the batch with this number, counted over all epochs: [batchSize]. */
    batch(number: number): Int32Array {
      const epoch = Math.floor(number / batchesPerEpoch);
      const inEpoch = number % batchesPerEpoch;
      if (!shuffle) return Int32Array.from({ length: batchSize }, (_, i) => inEpoch * batchSize + i);
      if (remembered?.epoch !== epoch) {
        const own = foldIn(key, epoch);
        remembered = { epoch, lanes: shards ? lanesOfShards(own, shards) : [permutation(own, length)] };
      }
      const { lanes } = remembered;
      const size = batchSize / lanes.length;
      const batch = new Int32Array(batchSize);
      for (const [at, lane] of lanes.entries())
        batch.set(lane.subarray(inEpoch * size, (inEpoch + 1) * size), at * size);
      return batch;
    },
  };
}

/** Purposes of an epoch's key. */
const ofShards = 0;
const ofWindows = 1;

/** Shards that are read side by side, so that the examples of one, which may be alike, do not follow each other. */
const shardsAtOnce = 4;

/** Examples that follow each other in a shard: the first, and the one behind the last. */
interface Stretch {
  next: number;
  readonly end: number;
}

/**
 * Orders in which shards are read from their first example to their last: they come in an order that is drawn, and each lane
 * takes as many examples of that sequence, so that two lanes share at most the shard where one ends and the other begins. At
 * least four shards are read side by side by all lanes together; those of one lane give an example each in turn, and its
 * examples are shuffled within each of its share of `window`.
 *
 * @returns The order of each lane, no example twice: [lanes][length / lanes, rounded down].
 */
export function lanesOfShards(key: RngKey, { ends, window, lanes = 1 }: SourceShards): Int32Array[] {
  const size = Math.floor(ends[ends.length - 1]! / lanes);
  const atOnce = Math.ceil(shardsAtOnce / lanes);
  const ownWindow = Math.ceil(window / lanes);
  const windowKey = foldIn(key, ofWindows);
  const windowsBefore = Math.ceil(size / ownWindow);
  const drawn = permutation(foldIn(key, ofShards), ends.length);
  return dealtStretches(drawn, ends, size, lanes).map((stretches, lane) => {
    const read = readSideBySide(stretches, size, atOnce);
    return shuffledWithin(read, ownWindow, (at) => foldIn(windowKey, lane * windowsBefore + at));
  });
}

/** Deals shards in their drawn order among lanes of `size` examples; the shard at the end of a lane goes on in the next. */
function dealtStretches(
  drawn: Int32Array,
  ends: ArrayLike<number>,
  size: number,
  lanes: number,
): Stretch[][] {
  const dealt: Stretch[][] = Array.from({ length: lanes }, () => []);
  let before = 0; // examples that are dealt
  for (const shard of drawn) {
    const end = ends[shard]!;
    let next = shard === 0 ? 0 : ends[shard - 1]!;
    do {
      const lane = Math.min(Math.floor(before / size), lanes - 1);
      const count = Math.min(end - next, (lane + 1) * size - before);
      dealt[lane]!.push({ next, end: next + count });
      next += count;
      before += count;
    } while (next < end && before < size * lanes);
  }
  return dealt;
}

/** Examples of stretches, of which some at a time give one each in turn: [size]. */
function readSideBySide(stretches: readonly Stretch[], size: number, atOnce: number): Int32Array {
  const waiting = stretches.values();
  const following = (): Stretch | undefined => waiting.next().value;
  const read = new Int32Array(size);
  let open = Array.from({ length: atOnce }, following);
  for (let at = 0; at < size;) {
    for (const [place, stretch] of open.entries()) {
      if (stretch && stretch.next < stretch.end) read[at++] = stretch.next++;
      if (stretch && stretch.next === stretch.end) open[place] = following();
    }
    open = open.filter((stretch) => stretch !== undefined);
  }
  return read;
}

/** Examples, shuffled within each window: [examples]. */
function shuffledWithin(read: Int32Array, window: number, keyOf: (window: number) => RngKey): Int32Array {
  const order = new Int32Array(read.length);
  for (let start = 0; start < read.length; start += window) {
    const drawn = permutation(keyOf(start / window), Math.min(window, read.length - start));
    drawn.forEach((from, to) => (order[start + to] = read[start + from]!));
  }
  return order;
}
