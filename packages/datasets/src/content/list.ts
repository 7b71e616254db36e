import { unusable } from '@m3ae/errors';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RgbImage } from '@m3ae/preprocess';
import { randomInteger } from '@m3ae/random';
import { decodeImage } from '../decode.js';
import type { FileSource, ListContent, ParquetSource, PixelSource, RangeSource } from '../state.js';
import type { ContentReader } from './reader.js';
import { textAt } from './packed-texts.js';
import { rangeReader } from './ranges.js';
import { drawTags } from './tags.js';

/** A picture's file, out of a larger one. */
export interface StoredPicture {
  readonly bytes: Uint8Array;
  /** What to call it. */
  readonly name: string;
}

/** Reads examples whose captions and pictures are stored one by one. */
export function listReader(
  { captions, captionEnds, tags, pictures }: ListContent,
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
    ...(pictures?.type === 'files' && { file: (index) => join(pictures.folder, fileAt(pictures, index)!) }),
    describe: (index) => nameAt(pictures, index) ?? numbered(index),
  };
}

function nameAt(pictures: ListContent['pictures'], index: number): string | undefined {
  if (pictures?.type === 'files') return fileAt(pictures, index);
  if (pictures?.type === 'ranges' || pictures?.type === 'parquet') return textAt(pictures.names, index);
  return pictures?.names?.[index];
}

function imageReader(
  pictures: ListContent['pictures'],
  name: string,
): Pick<ContentReader, 'image' | 'imageBytes'> {
  if (pictures?.type === 'pixels') return { image: async (index) => readPixelsAt(pictures, index) };
  if (pictures?.type === 'files') {
    const { folder, maxPixels } = pictures;
    const path = (index: number) => join(folder, fileAt(pictures, index)!);
    return {
      image: (index) => decodeImage(path(index), { maxPixels }),
      imageBytes: (index) => readFile(path(index)),
    };
  }
  if (pictures) {
    const { maxPixels } = pictures;
    const reading = storedReader(pictures);
    return {
      async image(index) {
        const { bytes, name: own } = await (await reading)(index);
        return decodeImage(bytes, { maxPixels }).catch((error: Error) => {
          throw unusable(error.message.replace(/^The picture/, own), { cause: error });
        });
      },
      imageBytes: async (index) => (await (await reading)(index)).bytes,
    };
  }
  return {
    async image() {
      throw unusable(`${name} holds text only and has no pictures. Read its captions instead.`);
    },
  };
}

/** Readers of pictures that lie in larger files; that of Parquet is loaded where it is needed. */
async function storedReader(
  pictures: RangeSource | ParquetSource,
): Promise<(index: number) => Promise<StoredPicture>> {
  if (pictures.type === 'ranges') return rangeReader(pictures);
  const { parquetReader } = await import('../parquet/read-pictures.js');
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
  const data = new Uint8Array(width * height * 3);
  if (channels === 3) data.set(stored);
  else stored.forEach((value, at) => data.fill(value, at * 3, at * 3 + 3));
  return { width, height, channels: 3, data };
}
