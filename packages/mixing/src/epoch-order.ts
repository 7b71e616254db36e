import { foldIn, permutation, type RngKey } from '@m3ae/random';
import type { MixerSource, SourceShards } from './options.js';

/** The endless sequence of batches of one source. */
export interface EpochOrder {
  /** Whole batches in an epoch; the rest of the examples is left out, others in each epoch. */
  readonly batchesPerEpoch: number;
  /** Dataset indices of the batch with this number, counted over all epochs: [batchSize]. */
  batch(number: number): Int32Array;
}

/**
 * Orders a source: each epoch anew by `foldIn(key, epoch)`, or always as it is.
 *
 * A batch is a function of its number alone; the order of one epoch is remembered, since batches are asked for in turn.
 */
export function epochOrder(
  key: RngKey,
  { length, shards }: Pick<MixerSource, 'length' | 'shards'>,
  batchSize: number,
  shuffle: boolean,
): EpochOrder {
  const batchesPerEpoch = Math.floor(length / batchSize);
  let remembered: { epoch: number; order: Int32Array } | undefined;
  return {
    batchesPerEpoch,
    batch(number) {
      const epoch = Math.floor(number / batchesPerEpoch);
      const start = (number % batchesPerEpoch) * batchSize;
      if (!shuffle) return Int32Array.from({ length: batchSize }, (_, i) => start + i);
      if (remembered?.epoch !== epoch) {
        const own = foldIn(key, epoch);
        remembered = { epoch, order: shards ? orderByShards(own, shards) : permutation(own, length) };
      }
      return remembered.order.slice(start, start + batchSize);
    },
  };
}

/** Purposes of an epoch's key. */
const ofShards = 0;
const ofWindows = 1;

/** Shards that are read side by side, so that the examples of one, which may be alike, do not follow each other. */
const shardsAtOnce = 4;

/**
 * An order in which shards are read from their first example to their last: they come in an order that is drawn, four at a
 * time give one example each in turn, and the examples are shuffled within each `window` of that sequence.
 *
 * @returns Each example once: [length].
 */
export function orderByShards(key: RngKey, { ends, window }: SourceShards): Int32Array {
  const length = ends[ends.length - 1]!;
  const waiting = permutation(foldIn(key, ofShards), ends.length).values();
  const nextShard = (): { next: number; end: number } | undefined => {
    const { done, value } = waiting.next();
    return done ? undefined : { next: value === 0 ? 0 : ends[value - 1]!, end: ends[value]! };
  };
  const read = new Int32Array(length);
  let open = Array.from({ length: shardsAtOnce }, nextShard);
  for (let at = 0; at < length;) {
    for (const [place, shard] of open.entries()) {
      if (shard && shard.next < shard.end) read[at++] = shard.next++;
      if (shard && shard.next === shard.end) open[place] = nextShard();
    }
    open = open.filter((shard) => shard !== undefined);
  }
  const order = new Int32Array(length);
  for (let start = 0; start < length; start += window) {
    const size = Math.min(window, length - start);
    const drawn = permutation(foldIn(foldIn(key, ofWindows), start / window), size);
    drawn.forEach((from, to) => (order[start + to] = read[start + from]!));
  }
  return order;
}
