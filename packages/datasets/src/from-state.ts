import { pluralize } from '@m3ae/errors';
import { readerOf } from './content/reader.js';
import type { Dataset } from './dataset.js';
import { invalidField } from './errors.js';
import type { DatasetState } from './state.js';

const states = new WeakMap<Dataset, DatasetState>();

/** The plain data behind a dataset that this package opened; undefined for one made by hand. */
export function stateOf(dataset: Dataset): DatasetState | undefined {
  return states.get(dataset);
}

/** Makes a dataset out of its plain data; in a worker thread this is all there is to opening one. */
export function datasetFromState(state: DatasetState): Dataset {
  const { name, kind, length, fingerprint, labels, classNames, notes } = state;
  const reader = readerOf(state);
  const checked =
    <Rest extends readonly unknown[], Result>(read: (index: number, ...rest: Rest) => Result) =>
    (index: number, ...rest: Rest): Result => {
      if (!Number.isInteger(index) || index < 0 || index >= length) {
        const rule = `an integer from 0 to ${length - 1}`;
        throw invalidField('index', rule, index, `${name} has ${pluralize(length, 'example')}.`);
      }
      return read(index, ...rest);
    };
  const readImage = checked(reader.image);
  const dataset: Dataset = {
    name,
    kind,
    length,
    fingerprint,
    labels,
    classNames,
    notes,
    caption: checked(reader.caption),
    ...(reader.drawCaption && { drawCaption: checked(reader.drawCaption) }),
    image: async (index) => readImage(index), // A bad index rejects, as every other fault of a picture does.
    describe: checked(reader.describe),
    ...(reader.file && { file: checked(reader.file) }),
  };
  states.set(dataset, state);
  return dataset;
}
