import { invalidField, requireList } from '@m3ae/errors';
import { createHash } from 'node:crypto';
import { type Dataset, requireDataset } from '../dataset.js';
import { joinedReader } from '../content/joined.js';
import { joinedShards } from '../content/shards.js';
import { createDataset, stateOf } from '../create-dataset.js';
import type { DatasetFacts, JoinedContent } from '../state.js';

/**
 * Makes one dataset of several that are open: the examples of the first, then of the second, and so on.
 *
 * It is paired if any of them is, with `''` as the caption where there is none, and has labels if all of them have,
 * with the same class names.
 *
 * @param datasets - All with pictures, or all of text alone.
 * @throws InvalidInput if there are none, or pictures and text alone are mixed.
 *
 * @example
 * ```ts
 * const train = joinDatasets([await openFolder(photos), await openIdx(digits)]);
 * ```
 */
export function joinDatasets(datasets: readonly Dataset[]): Dataset {
  requireList('datasets', datasets, 'Pass e.g. [await openDataset("folder:photos")].');
  datasets.forEach((dataset, place) => requireDataset(`datasets[${place}]`, dataset));
  const kinds = new Set(datasets.map(({ kind }) => kind));
  if (datasets.length === 0 || (kinds.has('text') && kinds.size > 1)) {
    const rule = 'at least one dataset, all with pictures or all of text alone';
    throw invalidField('sources', rule, [...kinds], 'Read text alone through a loader of its own.');
  }
  const facts = {
    name: datasets.map(({ name }) => name).join(' + '),
    kind: kinds.has('paired') ? ('paired' as const) : datasets[0]!.kind,
    length: datasets.reduce((sum, { length }) => sum + length, 0),
    fingerprint: createHash('sha256')
      .update(JSON.stringify(datasets.map(({ length, fingerprint }) => [length, fingerprint])))
      .digest('hex'),
    ...classesOf(datasets),
    shards: joinedShards(datasets),
    notes: datasets.flatMap(({ notes }) => notes),
  };
  return createDataset(facts, joinedReader({ parts: datasets }, datasets), contentOf(datasets));
}

/** Nothing where a part was made by hand: then the whole cannot cross to a worker thread either. */
function contentOf(datasets: readonly Dataset[]): JoinedContent | undefined {
  const parts = datasets.flatMap((dataset) => stateOf(dataset) ?? []);
  return parts.length === datasets.length ? { type: 'joined', parts } : undefined;
}

function classesOf(parts: readonly Dataset[]): Pick<DatasetFacts, 'labels' | 'classNames'> {
  const names = new Set(parts.map(({ classNames }) => JSON.stringify(classNames)));
  if (names.size > 1 || parts.some(({ labels }) => labels === undefined)) return {};
  return {
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels!])),
    classNames: parts[0]!.classNames,
  };
}
