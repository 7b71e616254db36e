import { createHash } from 'node:crypto';
import { invalidField, requireList } from '@m3ae/errors';
import type { RngKey } from '@m3ae/random';
import { joinedShards } from '../content/shards.js';
import { createDataset, stateOf } from '../create-dataset.js';
import { type ContentReader, type Dataset, type DatasetFacts, requireDataset } from '../dataset.js';
import type { JoinedContent } from '../state.js';

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
  return createDataset(facts, joinedReader(datasets, datasets), contentOf(datasets));
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

/** Reads several datasets as one: the first's examples, then the second's, and so on; a reader for each part. */
export function joinedReader(
  parts: readonly { readonly length: number }[],
  readers: readonly ContentReader[],
): ContentReader {
  const starts = parts.map((_, at) => parts.slice(0, at).reduce((sum, { length }) => sum + length, 0));
  /** Makes a function of an index out of one of the reader that has it, and of its index there. */
  const located =
    <Rest extends readonly unknown[], Result>(
      read: (reader: ContentReader, own: number, ...rest: Rest) => Result,
    ) =>
    (index: number, ...rest: Rest): Result => {
      const at = starts.filter((start) => start <= index).length - 1;
      return read(readers[at]!, index - starts[at]!, ...rest);
    };
  const some = (name: keyof ContentReader): boolean => readers.some((reader) => reader[name]);
  return {
    caption: located((reader, own) => reader.caption(own)),
    ...(some('drawCaption') && {
      drawCaption: located(
        (reader, own, key: RngKey) => reader.drawCaption?.(own, key) ?? reader.caption(own),
      ),
    }),
    ...(some('captions') && {
      captions: located((reader, own) => reader.captions?.(own) ?? [reader.caption(own)]),
    }),
    image: located((reader, own, stored?: Uint8Array) => reader.image(own, stored)),
    ...(some('imageBytes') && {
      imageBytes: located(async (reader, own, near?: boolean) => reader.imageBytes?.(own, near)),
    }),
    ...(some('group') && { group: located((reader, own) => reader.group?.(own)) }),
    ...(some('file') && { file: located((reader, own) => reader.file?.(own)) }),
    describe: located((reader, own) => reader.describe(own)),
  };
}
