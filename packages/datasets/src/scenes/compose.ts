import { resize, type RgbImage } from '@m3ae/preprocess';
import { readPixelsAt } from '../content/list.js';
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
  for (let at = 0; at < data.length; at++) data[at] = background[at % 3]!;
  for (const { drawing, box } of parts) {
    const [left, top, right, bottom] = box;
    const picture = resize(readPixelsAt(drawings, rows[drawing]!), {
      width: right - left,
      height: bottom - top,
    });
    const row = picture.width * 3;
    for (let at = 0; at < picture.data.length; at++) {
      const to = ((top + Math.floor(at / row)) * size + left) * 3 + (at % row);
      data[to] = Math.round((picture.data[at]! * background[at % 3]!) / 255);
    }
  }
  return { width: size, height: size, channels: 3, data };
}
