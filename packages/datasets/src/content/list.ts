import { unusable } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import { bernoulli, foldIn, permutation, randomInteger, type RngKey } from '@m3ae/random';
import { chunkReader } from '../bytes/chunks.js';
import { isRemote, placeIn } from '../bytes/file.js';
import { openStored, readWhole } from '../bytes/open-file.js';
import type { ContentReader } from '../dataset.js';
import { hdf5Reader } from '../hdf5/read-pictures.js';
import { decodeImage, decodeStored, replicated, type StoredPicture } from '../picture-files.js';
import {
  type FileSource,
  type Hdf5Source,
  type ListContent,
  type ParquetSource,
  type PixelSource,
  type RangeSource,
  rowName,
  storedName,
  type TagDrawing,
} from '../state.js';
import { textAt } from './packed-texts.js';

/** Reads examples whose captions and pictures are stored one by one. */
export function listReader(
  { captions, captionEnds, groups, tags, pictures }: ListContent,
  name: string,
): ContentReader {
  const firstCaption = (index: number): number =>
    captionEnds ? (index === 0 ? 0 : captionEnds[index - 1]!) : index;
  const numbered = (index: number): string => `${name} ${pictures ? 'picture' : 'line'} ${index + 1}`;
  return {
    caption: (index) => (captions && textAt(captions, firstCaption(index))) ?? '',
    ...(captionEnds && {
      drawCaption: (index, key) => {
        const [first, end] = [firstCaption(index), captionEnds[index]!];
        return textAt(captions!, randomInteger(key, 1, first, end)[0]!)!;
      },
      captions: (index) => {
        const [first, end] = [firstCaption(index), captionEnds[index]!];
        return Array.from({ length: end - first }, (_, at) => textAt(captions!, first + at)!);
      },
    }),
    ...(tags && { drawCaption: (index, key) => drawTags(tags, index, key) }),
    ...imageReader(pictures, name),
    ...(groups && { group: (index) => textAt(groups, index) || undefined }),
    describe: (index) => nameAt(pictures, index) ?? numbered(index),
  };
}

function nameAt(pictures: ListContent['pictures'], index: number): string | undefined {
  if (pictures?.type === 'files') return fileAt(pictures, index);
  if (pictures?.type === 'ranges' || pictures?.type === 'parquet') return textAt(pictures.names, index);
  if (pictures?.type === 'hdf5') return rowName(pictures, index);
  return pictures?.names?.[index];
}

function imageReader(
  pictures: ListContent['pictures'],
  name: string,
): Pick<ContentReader, 'image' | 'imageBytes' | 'file'> {
  if (pictures?.type === 'pixels') return { image: async (index) => readPixelsAt(pictures, index) };
  if (pictures?.type === 'files') return fileReader(pictures);
  if (pictures) return storedReader(pictures);
  return {
    async image() {
      throw unusable(`${name} holds text only and has no pictures. Read its captions instead.`);
    },
  };
}

function fileReader(pictures: FileSource): Pick<ContentReader, 'image' | 'imageBytes' | 'file'> {
  const { folder, maxPixels } = pictures;
  const place = (index: number): string => placeIn(folder, fileAt(pictures, index)!);
  return {
    async image(index) {
      const path = place(index);
      if (!isRemote(path)) return decodeImage(path, { maxPixels });
      return decodeStored({ bytes: await readWhole(path), name: path }, maxPixels);
    },
    imageBytes: (index) => readWhole(place(index)),
    file: (index) => (isRemote(place(index)) ? undefined : place(index)),
  };
}

function storedReader(
  pictures: RangeSource | ParquetSource | Hdf5Source,
): Pick<ContentReader, 'image' | 'imageBytes'> {
  const reading = openStoredPictures(pictures);
  return {
    async image(index, stored) {
      const found = stored
        ? { bytes: stored, name: storedName(pictures, index) }
        : await (
            await reading
          )(index, false);
      return 'bytes' in found ? decodeStored(found, pictures.maxPixels) : found;
    },
    async imageBytes(index, near = false) {
      const found = await (await reading)(index, near);
      return 'bytes' in found ? found.bytes : undefined;
    },
  };
}

/** Reads a picture out of a larger file, perhaps with its neighbors. */
type StoredReader = (index: number, near: boolean) => Promise<StoredPicture | RgbImage>;

/** Readers of pictures that lie in larger files; that of Parquet is loaded where it is needed. */
async function openStoredPictures(pictures: RangeSource | ParquetSource | Hdf5Source): Promise<StoredReader> {
  if (pictures.type === 'ranges') return rangeReader(pictures);
  if (pictures.type === 'hdf5') return hdf5Reader(pictures);
  const { parquetReader } = await import('../parquet/files.js');
  return parquetReader(pictures);
}

function fileAt({ files, places }: FileSource, index: number): string | undefined {
  return textAt(files, places[index]!);
}

/**
 * Copies one picture out of shared memory, as the caller may write to it; grey is replicated.
 *
 * @returns [height, width, 3]
 */
export function readPixelsAt(source: PixelSource, index: number): RgbImage {
  const { bytes, width, height, channels } = source;
  const length = width * height * channels;
  const stored = new Uint8Array(bytes, index * length, length);
  const data = channels === 3 ? new Uint8Array(stored) : replicated(stored);
  return { width, height, channels: 3, data };
}

/** Reads pictures out of files that hold many. */
function rangeReader(source: RangeSource): StoredReader {
  const { places, starts, lengths, nearBytes } = source;
  const files = source.files.map(openStored);
  const readNear = chunkReader(nearBytes);
  return async (index, near) => {
    const file = files[places[index]!]!;
    const place = [starts[index]!, lengths[index]!] as const;
    const bytes = near ? await readNear(file, ...place) : await file.read(...place);
    return { bytes, name: storedName(source, index) };
  };
}

const dropPurpose = 0;
const orderPurpose = 1;

/** A caption with its name first, and its tags in the order and number that the key draws. */
export function drawTags(
  { words, separator, shuffle, drop }: TagDrawing,
  index: number,
  key: RngKey,
): string {
  const [name, ...tags] = words[index]!;
  const dropped = drop > 0 ? bernoulli(foldIn(key, dropPurpose), tags.length, drop) : undefined;
  const kept = tags.filter((_, at) => dropped?.[at] !== 1);
  if (!shuffle) return [name, ...kept].join(separator);
  const order = permutation(foldIn(key, orderPurpose), kept.length);
  return [name, ...Array.from(order, (at) => kept[at])].join(separator);
}
