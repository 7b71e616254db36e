import { unusable } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import { replicated, type StoredPicture } from '../picture-files.js';
import { type Hdf5Source, locateRow, rowName } from '../state.js';
import { bytesOfRow, type Hdf5Field, type Hdf5File, openHdf5File, rowsOf } from './library.js';

/** Files that stay open: there may be more shards than a process may open files. */
const mostOpen = 64;

/** Files of this thread that stay open, by path; the one that was used last stands last. */
const opened = new Map<string, Promise<Hdf5File>>();

/** Closes a file that {@link hdf5Reader} keeps open, as it may be another one by now. */
export function closePictures(path: string): void {
  // Whoever waits for the file reads it at once when it is there, before it is closed.
  opened.get(path)?.then(
    (file) => file.close(),
    () => {}, // was told to who asked for it
  );
  opened.delete(path);
}

function keptOpen(path: string, name: string): Promise<Hdf5File> {
  const opening = opened.get(path) ?? openHdf5File(path, name);
  opened.delete(path);
  opened.set(path, opening);
  opening.catch(() => opened.delete(path));
  if (opened.size > mostOpen) closePictures([...opened.keys()][0]!);
  return opening;
}

/** Reads pictures out of the rows of HDF5 files. */
export function hdf5Reader(source: Hdf5Source): (index: number) => Promise<StoredPicture | RgbImage> {
  const { files, names, field } = source;
  return async (index) => {
    const { at, row } = locateRow(source, index);
    const values = (await keptOpen(files[at]!, names[at]!)).fields.get(field)!;
    const name = rowName(source, index);
    const bytes = bytesOfRow(rowsOf(values.read(row, row + 1), 1)[0], values.metadata);
    if (bytes.every((byte) => byte === 0)) throw unusable(`${name} is empty. Leave such rows out.`);
    return pixelsOf(bytes, values) ?? { bytes, name };
  };
}

/** Pictures that are stored as pixels, [rows, height, width] or [rows, height, width, 1 or 3]; others are files. */
function pixelsOf(bytes: Uint8Array, { metadata }: Hdf5Field): RgbImage | undefined {
  const [, height, width, channels = 1, ...rest] = metadata.shape!;
  if (height === undefined || width === undefined || rest.length > 0) return undefined;
  if (bytes.length !== height * width * channels || (channels !== 1 && channels !== 3)) return undefined;
  return { width, height, channels: 3, data: channels === 3 ? bytes : replicated(bytes) };
}
