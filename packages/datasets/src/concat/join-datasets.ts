import { createHash } from 'node:crypto';
import type { Dataset } from '../dataset.js';
import { datasetError, invalidField } from '../errors.js';
import { datasetFromState, stateOf } from '../from-state.js';
import type { DatasetState } from '../state.js';

/**
 * Makes one dataset of several that are open: the examples of the first, then of the second, and so on.
 *
 * It is paired if any of them is, with `''` as the caption where there is none, and has labels if all of them have,
 * with the same class names.
 *
 * @param datasets - Opened by this package; all with pictures, or all of text alone.
 * @throws RangeError if there are none, or pictures and text alone are mixed.
 * @throws DatasetError if one was made by hand.
 *
 * @example
 * ```ts
 * const train = joinDatasets([await openEmoji(emoji), await openScenes(scenes)]);
 * train.length; // 25,991
 * ```
 */
export function joinDatasets(datasets: readonly Dataset[]): Dataset {
  const kinds = new Set(datasets.map(({ kind }) => kind));
  if (datasets.length === 0 || (kinds.has('text') && kinds.size > 1)) {
    const rule = 'at least one dataset, all with pictures or all of text alone';
    throw invalidField('sources', rule, [...kinds], 'Read text alone through a loader of its own.');
  }
  const parts = datasets.map((dataset) => {
    const state = stateOf(dataset);
    if (!state)
      throw datasetError(`${dataset.name} was made by hand. Join datasets that openDataset opened.`);
    return state;
  });
  return datasetFromState({
    name: parts.map(({ name }) => name).join(' + '),
    kind: kinds.has('paired') ? 'paired' : datasets[0]!.kind,
    length: parts.reduce((sum, { length }) => sum + length, 0),
    fingerprint: createHash('sha256')
      .update(JSON.stringify(parts.map(({ length, fingerprint }) => [length, fingerprint])))
      .digest('hex'),
    ...classesOf(parts),
    notes: parts.flatMap(({ notes }) => notes),
    content: { type: 'joined', parts },
  });
}

function classesOf(parts: readonly DatasetState[]): Pick<DatasetState, 'labels' | 'classNames'> {
  const names = new Set(parts.map(({ classNames }) => JSON.stringify(classNames)));
  if (names.size > 1 || parts.some(({ labels }) => labels === undefined)) return {};
  return {
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels!])),
    classNames: parts[0]!.classNames,
  };
}
