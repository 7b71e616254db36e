/**
 * Does something for each of many items, several at a time; results come in the order of the items.
 *
 * @param limit - How many are under way at once.
 * @throws The first error that `work` throws.
 */
export async function mapParallel<Item, Result>(
  items: ArrayLike<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const { results, workers } = startWorkers(items, limit, work);
  await Promise.all(workers);
  return results;
}

/** {@link mapParallel}, which rejects only when all workers have ended, so that nothing is under way afterwards. */
export async function mapSettled<Item, Result>(
  items: ArrayLike<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const { results, workers } = startWorkers(items, limit, work);
  await Promise.allSettled(workers);
  await Promise.all(workers); // throws for the first worker that failed
  return results;
}

function startWorkers<Item, Result>(
  items: ArrayLike<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
) {
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  return { results, workers: Array.from({ length: Math.min(limit, items.length) }, worker) };
}

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
