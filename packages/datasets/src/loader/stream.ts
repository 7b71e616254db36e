/**
 * Maps items in order, with `ahead` tasks under way before the consumer asks for them.
 * When the consumer stops early, tasks under way are left to finish and their results dropped.
 */
export async function* streamInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  task: (item: Item) => Promise<Result>,
  ahead: number,
): AsyncGenerator<Result, void, void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const queue: Promise<Result>[] = [];
  let done = false;
  try {
    while (true) {
      while (!done && queue.length < ahead) {
        const next = await source.next();
        if (next.done) {
          done = true;
          break;
        }
        const result = task(next.value);
        result.catch(() => {}); // Thrown where it is awaited below; never as an unhandled rejection.
        queue.push(result);
      }
      const first = queue.shift();
      if (!first) return;
      yield await first;
    }
  } finally {
    if (!done) await source.return?.();
  }
}
