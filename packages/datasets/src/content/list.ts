import { unusable } from '@m3ae/errors';
import { join } from 'node:path';
import type { RgbImage } from '@m3ae/preprocess';
import { randomInteger } from '@m3ae/random';
import { decodeImage } from '../decode.js';
import type { FileSource, ListContent, PixelSource } from '../state.js';
import type { ContentReader } from './reader.js';
import { textAt } from './packed-texts.js';
import { rangeReader } from './ranges.js';
import { drawTags } from './tags.js';

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
    }),
    ...(tags && { drawCaption: (index, key) => drawTags(tags, index, key) }),
    image: imageReader(pictures, name),
    ...(pictures?.type === 'files' && { file: (index) => join(pictures.folder, fileAt(pictures, index)!) }),
    describe: (index) => nameAt(pictures, index) ?? numbered(index),
  };
}

function nameAt(pictures: ListContent['pictures'], index: number): string | undefined {
  if (pictures?.type === 'files') return fileAt(pictures, index);
  if (pictures?.type === 'ranges' || pictures?.type === 'parquet') return textAt(pictures.names, index);
  return pictures?.names?.[index];
}

function imageReader(pictures: ListContent['pictures'], name: string): (index: number) => Promise<RgbImage> {
  if (pictures?.type === 'pixels') return async (index) => readPixelsAt(pictures, index);
  if (pictures?.type === 'files') {
    const { folder, maxPixels } = pictures;
    return (index) => decodeImage(join(folder, fileAt(pictures, index)!), { maxPixels });
  }
  if (pictures?.type === 'ranges') return rangeReader(pictures);
  if (pictures?.type === 'parquet') {
    // Loaded where it is needed: most data are in no such file.
    const reading = import('../parquet/read-pictures.js').then(({ parquetReader }) =>
      parquetReader(pictures),
    );
    return async (index) => (await reading)(index);
  }
  return async () => {
    throw unusable(`${name} holds text only and has no pictures. Read its captions instead.`);
  };
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
