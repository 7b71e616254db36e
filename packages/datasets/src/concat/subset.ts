import { createHash, hash } from 'node:crypto';
import { invalidField, isInInterval, requireList, unusable } from '@m3ae/errors';
import { shardsOfSubset } from '../content/shards.js';
import { createDataset, reindexed, stateOf } from '../create-dataset.js';
import { type Dataset, requireDataset } from '../dataset.js';
import { refuseOutside } from '../loader/readable.js';

/**
 * Some examples of a dataset, as a dataset of their own: example `i` is example `indices[i]` of the whole.
 *
 * @param indices - In any order; an example may stand there more than once.
 * @throws InvalidInput if there are none, or one is outside the dataset.
 *
 * @example
 * ```ts
 * const few = subset(photos, Int32Array.of(2, 5)); // few.caption(1) is photos.caption(5)
 * ```
 */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  requireDataset('dataset', dataset);
  requireList('indices', indices, 'Name the examples to keep.');
  if (indices.length === 0) {
    throw invalidField('indices', 'at least one index', indices, 'Name the examples to keep.');
  }
  refuseOutside('indices', indices, dataset);
  const own = Int32Array.from(indices);
  const state = stateOf(dataset);
  const { name, kind, labels, classNames, notes } = dataset;
  const facts = {
    name,
    kind,
    length: own.length,
    fingerprint: createHash('sha256').update(dataset.fingerprint).update(own).digest('hex'),
    ...(labels && { labels: own.map((index) => labels[index]!) }),
    classNames,
    shards: shardsOfSubset(dataset.shards, own),
    notes,
  };
  const content = state && { type: 'subset' as const, of: state, indices: own };
  return createDataset(
    facts,
    reindexed(dataset, (index) => own[index]!),
    content,
  );
}

/**
 * Keeps some examples apart. Which, a hash of their group decides, or of what they are called, so that examples of one group
 * or picture stay together, and nothing moves when others are added.
 *
 * @param share - Of the examples kept apart, in [0, 1); 0 keeps none.
 * @throws InvalidInput if the share is out of range, or all examples fall into one part.
 *
 * @example
 * ```ts
 * const { train, validation } = splitDataset(photos, 0.1);
 * ```
 */
export function splitDataset(
  dataset: Dataset,
  share: number,
): { readonly train: Dataset; readonly validation: Dataset | null } {
  requireDataset('dataset', dataset);
  if (!isInInterval(share, '[0, 1)')) {
    throw invalidField('share', 'in [0, 1)', share, 'Write one tenth as 0.1.');
  }
  if (share === 0) return { train: dataset, validation: null };
  const kept: number[] = [];
  const others: number[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const group = dataset.group?.(index);
    const place = group === undefined ? dataset.describe(index) : `group ${group}`;
    const isKept = fractionOf(`split ${place}`) < share;
    (isKept ? kept : others).push(index);
  }
  if (kept.length === 0 || others.length === 0) {
    const part = kept.length === 0 ? 'validation' : 'train';
    throw unusable(`The ${part} part of ${dataset.name} is empty. Add examples, or change validationShare.`);
  }
  return { train: subset(dataset, others), validation: subset(dataset, kept) };
}

/**
 * A number in [0, 1) that depends on the text alone: the first 32 bits of its SHA-256.
 * Splits made with it stay the same when examples are added, removed or reordered.
 */
export function fractionOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32;
}
