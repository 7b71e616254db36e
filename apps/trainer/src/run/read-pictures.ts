import { isInvalidInput } from '@m3ae/errors';
import type { SkippedFile } from '@m3ae/runs';
import type { Part } from './parts.js';

/** Files worked on at a time: decoding and hashing run in libuv's pool, which has four threads. */
const parallel = 4;

/** Does something for each of some items, a few at a time. */
export async function eachInParallel<Item>(
  items: ArrayLike<Item>,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) await task(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, work));
}

/** Decodes every picture of a part; those that cannot be, with their reasons, in the order of the part. */
export async function unreadablePictures(
  { dataset, indices }: Part,
  onProgress: (done: number) => void,
): Promise<SkippedFile[]> {
  const found = new Map<number, SkippedFile>();
  let done = 0;
  await eachInParallel(indices, async (index) => {
    try {
      await dataset.image(index);
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      const { message } = error;
      found.set(index, { place: dataset.describe(index), reason: message });
    }
    onProgress(++done);
  });
  return Array.from(indices, (index) => found.get(index)).filter((file) => file !== undefined);
}
