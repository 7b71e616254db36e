import { resize, type RgbImage } from '@m3ae/preprocess';
import { readPixelsAt } from '@m3ae/datasets';
import type { SceneContent } from './content.js';
import type { SceneLayout } from './layout.js';

/**
 * Paints a scene: the plain background, and each drawing scaled to its box.
 *
 * The drawings are stored on white, without alpha; they are multiplied with the background, so that white becomes the
 * background, soft edges stay soft, and the rest darkens a little.
 *
 * @returns [size, size, 3]
 */
export function composeScene(
  { drawings, rows, size }: Pick<SceneContent, 'drawings' | 'rows' | 'size'>,
  { background, parts }: SceneLayout,
): RgbImage {
  const data = new Uint8Array(size * size * 3);
  const [red, green, blue] = background;
  for (let at = 0; at < data.length; at += 3) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
  const tinted = background.map(tableOf);
  for (const { drawing, box } of parts) {
    const [left, top, right, bottom] = box;
    const { width, height } = { width: right - left, height: bottom - top };
    const picture = resize(readPixelsAt(drawings, rows[drawing]!), { width, height });
    let from = 0;
    for (let y = top; y < bottom; y++) {
      let to = (y * size + left) * 3;
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < 3; channel++) data[to++] = tinted[channel]![picture.data[from++]!]!;
      }
    }
  }
  return { width: size, height: size, channels: 3, data };
}

/** What each value of a drawing becomes on a background whose channel has some value. */
function tableOf(value: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, drawn) => Math.round((drawn * value) / 255));
}
