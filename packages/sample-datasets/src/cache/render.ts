import { messageOf, unusable } from '@m3ae/errors';
import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { mapParallel, type OnProgress } from '@m3ae/datasets';

/** A picture to render: an SVG document, in which `"SIZE"` stands for its side, or a file. */
export type Artwork = { readonly svg: string } | { readonly file: string };

/**
 * Renders drawings on white.
 *
 * @param drawings - What to render, in order.
 * @param size - Side of the pictures in pixels.
 * @param onProgress - Called after each picture.
 * @param nameOf - What to call a drawing in a message.
 * @returns RGB bytes: [drawings, size, size, 3].
 * @throws InvalidInput naming the first drawing that cannot be rendered.
 */
export async function renderDrawings(
  drawings: readonly { readonly art: Artwork }[],
  size: number,
  onProgress: OnProgress = () => {},
  nameOf: (index: number) => string = (index) => `number ${index + 1}`,
): Promise<Uint8Array> {
  const bytesPerPicture = size * size * 3;
  const pixels = new Uint8Array(drawings.length * bytesPerPicture);
  let done = 0;
  // One picture more than there are cores keeps them busy between two pictures; each picture is one thread's work.
  await mapParallel(drawings, availableParallelism() + 1, async ({ art }, index) => {
    pixels.set(await renderOne(art, size, () => nameOf(index)), index * bytesPerPicture);
    onProgress(++done, drawings.length, 'Drawing pictures');
  });
  return pixels;
}

async function renderOne(art: Artwork, size: number, nameOf: () => string): Promise<Uint8Array> {
  const input = 'svg' in art ? Buffer.from(art.svg.replaceAll('"SIZE"', `"${size}"`)) : art.file;
  try {
    return await sharp(input)
      .resize(size, size, { fit: 'contain', background: '#ffffff00' })
      .flatten({ background: '#ffffff' })
      .toColorspace('srgb')
      .raw()
      .toBuffer();
  } catch (error) {
    throw unusable(`The drawing of ${nameOf()} cannot be rendered: ${messageOf(error)}`, { cause: error });
  }
}
