/** Examples that are best read one after the other, as they lie in one archive or row group of many. */
export interface Shards {
  /** Where the examples of each shard end, rising: [shards]. */
  readonly ends: Int32Array;
  /** Among how many examples in turn a training shuffles. */
  readonly window: number;
}

/** Shards that a training reads side by side, at most eight, and those that some of them are followed by. */
const shardsInUse = 12;

/**
 * How much to keep where examples are read shard by shard: two windows, as reading goes on while the last of one are asked for.
 *
 * @param perExample - What an example takes on average.
 * @param perShard - What is read at once.
 */
export function amountToKeep(window: number, perExample: number, perShard: number): number {
  return Math.ceil(2 * window * perExample + 2 * shardsInUse * perShard);
}

/** The shards of some examples; none where they stand in another order, in which nothing lies together. */
export function shardsOfSubset(shards: Shards | undefined, indices: Int32Array): Shards | undefined {
  if (!shards || indices.some((index, at) => at > 0 && index < indices[at - 1]!)) return undefined;
  let count = 0;
  const ends = shards.ends.map((end) => {
    while (count < indices.length && indices[count]! < end) count++;
    return count;
  });
  return { ends, window: shards.window };
}

/** The shards of datasets one behind the other; of one that may be read in any order each example is a shard. */
export function joinedShards(
  parts: readonly { readonly length: number; readonly shards?: Shards }[],
): Shards | undefined {
  if (parts.every(({ shards }) => shards === undefined)) return undefined;
  let before = 0;
  const ends = parts.map(({ length, shards }) => {
    const start = before;
    before += length;
    if (shards) return shards.ends.map((end) => start + end);
    return Int32Array.from({ length }, (_, at) => start + at + 1);
  });
  const all = new Int32Array(ends.reduce((sum, own) => sum + own.length, 0));
  let filled = 0;
  for (const own of ends) {
    all.set(own, filled);
    filled += own.length;
  }
  return { ends: all, window: Math.max(...parts.map(({ shards }) => shards?.window ?? 1)) };
}

/** Where each of some rising places ends: the examples of archive 0, 1, … of `count`. */
export function endsOfPlaces(places: Int32Array, count: number): Int32Array {
  const ends = new Int32Array(count);
  for (const place of places) ends[place]!++;
  for (let at = 1; at < count; at++) ends[at]! += ends[at - 1]!;
  return ends;
}
