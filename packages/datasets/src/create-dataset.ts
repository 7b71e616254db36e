import { invalidField, pluralize } from '@m3ae/errors';
import { listReader } from './content/list.js';
import type { ContentReader, Dataset, DatasetFacts } from './dataset.js';
import type { DatasetContent, DatasetState, ListContent } from './state.js';

/** Where a dataset keeps its state; the same in every copy of this package, by `import` and by `require`. */
const stateKey = Symbol.for('@m3ae/datasets: state');

/** The plain data behind a dataset; undefined for one made by hand, which cannot cross to a worker thread. */
export function stateOf(dataset: Dataset): DatasetState | undefined {
  return (dataset as { readonly [stateKey]?: DatasetState })[stateKey];
}

/**
 * Makes a dataset out of what is known about it and a reader of its examples. Indexes are checked before the reader
 * sees them.
 *
 * @param content - How a worker thread comes to the same examples; without it they are read in one thread alone.
 *
 * @example
 * ```ts
 * createDataset({ name, kind: 'paired', length, fingerprint, notes: [] }, { caption, image, describe });
 * ```
 */
export function createDataset(facts: DatasetFacts, reader: ContentReader, content?: DatasetContent): Dataset {
  const { name, kind, length, fingerprint, labels, classNames, shards, notes } = facts;
  const own = { name, kind, length, fingerprint, labels, classNames, shards, notes };
  const checked = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < length) return index;
    const rule = `an integer from 0 to ${length - 1}`;
    throw invalidField('index', rule, index, `${name} has ${pluralize(length, 'example')}.`);
  };
  const dataset: Dataset = { ...own, ...reindexed(reader, checked) };
  if (content) Object.defineProperty(dataset, stateKey, { value: { ...own, content } });
  return dataset;
}

/** Reads the same examples, or some of them, by other indexes. */
export function reindexed(reader: ContentReader, own: (index: number) => number): ContentReader {
  return {
    caption: (index) => reader.caption(own(index)),
    ...(reader.drawCaption && { drawCaption: (index, key) => reader.drawCaption!(own(index), key) }),
    ...(reader.captions && { captions: (index) => reader.captions!(own(index)) }),
    image: async (index, stored) => reader.image(own(index), stored), // A bad index rejects, as every other fault of a picture does.
    ...(reader.imageBytes && { imageBytes: (index, near) => reader.imageBytes!(own(index), near) }),
    describe: (index) => reader.describe(own(index)),
    ...(reader.group && { group: (index) => reader.group!(own(index)) }),
    ...(reader.file && { file: (index) => reader.file!(own(index)) }),
  };
}

/** Makes a dataset whose captions and pictures are stored one by one; it crosses to worker threads. */
export function createListDataset(facts: DatasetFacts, content: ListContent): Dataset {
  return createDataset(facts, listReader(content, facts.name), content);
}
