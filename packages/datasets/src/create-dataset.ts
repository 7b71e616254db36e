import { invalidField, pluralize } from '@m3ae/errors';
import { listReader } from './content/list.js';
import type { ContentReader } from './content/reader.js';
import type { Dataset } from './dataset.js';
import type { DatasetContent, DatasetFacts, DatasetState, ListContent } from './state.js';

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
  const checked =
    <Rest extends readonly unknown[], Result>(read: (index: number, ...rest: Rest) => Result) =>
    (index: number, ...rest: Rest): Result => {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        const rule = `an integer from 0 to ${length - 1}`;
        throw invalidField('index', rule, index, `${name} has ${pluralize(length, 'example')}.`);
      }
      return read(index, ...rest);
    };
  const readImage = checked((index, stored?: Uint8Array) => reader.image(index, stored));
  const own = { name, kind, length, fingerprint, labels, classNames, shards, notes };
  const dataset: Dataset = {
    ...own,
    caption: checked((index) => reader.caption(index)),
    ...(reader.drawCaption && { drawCaption: checked((index, key) => reader.drawCaption!(index, key)) }),
    ...(reader.captions && { captions: checked((index) => reader.captions!(index)) }),
    image: async (index, stored) => readImage(index, stored), // A bad index rejects, as every other fault of a picture does.
    ...(reader.imageBytes && {
      imageBytes: checked((index, near?: boolean) => reader.imageBytes!(index, near)),
    }),
    describe: checked((index) => reader.describe(index)),
    ...(reader.group && { group: checked((index) => reader.group!(index)) }),
    ...(reader.file && { file: checked((index) => reader.file!(index)) }),
  };
  if (content) Object.defineProperty(dataset, stateKey, { value: { ...own, content } });
  return dataset;
}

/** Makes a dataset whose captions and pictures are stored one by one; it crosses to worker threads. */
export function createListDataset(facts: DatasetFacts, content: ListContent): Dataset {
  return createDataset(facts, listReader(content, facts.name), content);
}
