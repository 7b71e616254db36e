import { unusable } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import { locateRow, rowName } from '../content/hdf5-rows.js';
import type { StoredPicture } from '../decode.js';
import type { Hdf5Source } from '../state.js';
import { type Hdf5Field, type Hdf5File, openHdf5File } from './library.js';
import { bytesOfRow, rowsOf } from './values.js';

/** Reads pictures out of the rows of HDF5 files; each thread opens them once. */
export function hdf5Reader(source: Hdf5Source): (index: number) => Promise<StoredPicture | RgbImage> {
  const { files, names, field } = source;
  const opened = new Map<number, Promise<Hdf5File>>();
  return async (index) => {
    const { at, row } = locateRow(source, index);
    const opening = opened.get(at) ?? openHdf5File(files[at]!, names[at]!);
    opened.set(at, opening);
    const values = (await opening).fields.get(field)!;
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
  if (channels === 3) return { width, height, channels, data: bytes };
  const data = new Uint8Array(3 * bytes.length);
  bytes.forEach((value, at) => data.fill(value, 3 * at, 3 * at + 3));
  return { width, height, channels: 3, data };
}
