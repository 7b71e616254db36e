import { createHash } from 'node:crypto';
import { invalidField, requireList } from '@m3ae/errors';
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
