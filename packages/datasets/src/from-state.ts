import { join } from 'node:path';
import type { RgbImage } from '@m3ae/preprocess';
import type { Dataset } from './dataset.js';
import { decodeImage } from './decode.js';
import { datasetError, invalidField } from './errors.js';
import type { DatasetState, FileSource, PixelSource } from './state.js';

const states = new WeakMap<Dataset, DatasetState>();

/** The plain data behind a dataset that this package opened; undefined for one made by hand. */
export function stateOf(dataset: Dataset): DatasetState | undefined {
  return states.get(dataset);
}

/** Makes a dataset out of its plain data; in a worker thread this is all there is to opening one. */
export function datasetFromState(state: DatasetState): Dataset {
  const { name, kind, length, fingerprint, labels, classNames, notes, captions, pictures } = state;
  const check = (index: number): void => {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw invalidField(
        'index',
        `an integer from 0 to ${length - 1}`,
        index,
        `${name} has ${length} examples.`,
      );
    }
  };
  const read = readerOf(pictures, name);
  const dataset: Dataset = {
    name,
    kind,
    length,
    fingerprint,
    labels,
    classNames,
    notes,
    caption(index) {
      check(index);
      return captions?.[index] ?? '';
    },
    async image(index) {
      check(index);
      return read(index);
    },
    describe(index) {
      check(index);
      if (pictures?.type === 'files') return pictures.files[index]!;
      return pictures?.names[index] ?? `${name} line ${index + 1}`;
    },
  };
  states.set(dataset, state);
  return dataset;
}

function readerOf(pictures: DatasetState['pictures'], name: string): (index: number) => Promise<RgbImage> {
  if (pictures?.type === 'pixels') return pixelReader(pictures);
  if (pictures?.type === 'files') return fileReader(pictures);
  return async () => {
    throw datasetError(`${name} holds text only and has no pictures. Read its captions instead.`);
  };
}

function fileReader({ folder, files, maxPixels }: FileSource): (index: number) => Promise<RgbImage> {
  return (index) => decodeImage(join(folder, files[index]!), { maxPixels });
}

function pixelReader({ bytes, size }: PixelSource): (index: number) => Promise<RgbImage> {
  const length = size * size * 3;
  const all = new Uint8Array(bytes);
  return async (index) => {
    const data = new Uint8Array(length); // A copy: the caller may write to it.
    data.set(all.subarray(index * length, (index + 1) * length));
    return { width: size, height: size, channels: 3, data };
  };
}
