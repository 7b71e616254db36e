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
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
