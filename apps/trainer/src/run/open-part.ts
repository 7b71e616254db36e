import {
  type Dataset,
  type DatasetError,
  type DatasetSpec,
  type OnProgress,
  openDataset,
} from '@m3ae/datasets';
import { InputError } from '../config/config-error.js';
import type { Part } from './parts.js';
import type { Progress } from './progress.js';

/** How a part is called in a result, in a table, and explained. */
export type PartWords = Pick<Part, 'name' | 'title' | 'note'>;

/** All examples of a dataset as a part. */
export function whole<Opened extends Dataset>(
  dataset: Opened,
  spec: DatasetSpec,
  words: PartWords,
): Part & { readonly dataset: Opened } {
  return {
    ...words,
    spec,
    dataset,
    indices: Int32Array.from({ length: dataset.length }, (_, index) => index),
  };
}

/** Shows how many pictures are drawn, and how far a large folder is read. */
export function openingProgress(progress: Progress): OnProgress {
  return (done, total, task) => progress.part(task, done, total);
}

/** Opens all of a dataset as a part. */
export async function openPart(spec: DatasetSpec, words: PartWords, progress: Progress): Promise<Part> {
  return whole(await openDataset(spec, openingProgress(progress)), spec, words);
}

/**
 * Opens data for a person: what is wrong with a folder or a package is his to mend.
 *
 * @throws InputError instead of the errors of a dataset, with each fault by itself.
 */
export async function asUserInput<Result>(open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const { name, message, faults } = error as DatasetError;
    if (name === 'DatasetError' || error instanceof RangeError) {
      throw new InputError(faults ?? message.split('\n'));
    }
    throw error;
  }
}
