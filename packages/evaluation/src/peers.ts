/** Processes that share the batches of an evaluation: this one takes numbers `rank`, `rank + size`, … */
export interface EvaluationPeers {
  /** This process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** What each process passes, in the order of the ranks: plain objects and typed arrays. */
  gather<Value>(own: Value): Promise<readonly Value[]>;
}

/** Of all items, those that this process takes; without peers, all. */
export function ownItems<Item>(items: readonly Item[], peers?: EvaluationPeers): readonly Item[] {
  return peers === undefined ? items : items.filter((_, at) => at % peers.size === peers.rank);
}

/**
 * What all processes made of the items, in the order of the items, whoever made it. Every process receives all, one round
 * after the other, so none runs far ahead.
 *
 * @param count - Items in all.
 * @param own - What this process makes of its {@link ownItems}, one after the other.
 */
export async function* inOrder<Result>(
  count: number,
  own: AsyncIterable<Result>,
  peers?: EvaluationPeers,
): AsyncGenerator<Result, void, void> {
  if (peers === undefined) return yield* own;
  const iterator = own[Symbol.asyncIterator]();
  for (let begin = 0; begin < count; begin += peers.size) {
    const mine = begin + peers.rank < count ? [(await iterator.next()).value as Result] : [];
    for (const [result] of await peers.gather(mine)) if (result !== undefined) yield result;
  }
}
