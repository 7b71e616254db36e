import { invalidField, throwFaults } from '@m3ae/errors';
import type { Color } from './color-map.js';
import { pictureFaults, type RgbPicture } from './picture.js';

/**
 * Draws the edge of a box into a picture, such as the patch that looks (Fig. 8 of the paper) or the box of a thing.
 *
 * @param box - Left, top, right and bottom edges in pixels, rounded to whole ones and cut off at the picture.
 * @param style - `color` is red, green and blue, 0 to 255, by default green; `thickness` counts pixels inwards, by default 1.
 * @returns A new picture.
 * @throws InvalidInput if the picture does not hold together or `thickness` is not a positive integer.
 */
export function outlineBox(
  picture: RgbPicture,
  box: readonly [left: number, top: number, right: number, bottom: number],
  style: { readonly color?: Color; readonly thickness?: number } = {},
): RgbPicture {
  const { color = [0, 200, 0], thickness = 1 } = style;
  throwFaults(pictureFaults(picture));
  if (!Number.isInteger(thickness) || thickness < 1)
    throw invalidField('thickness', 'a positive integer', thickness, 'Count pixels.');
  const { width, height } = picture;
  const [left = 0, top = 0, right = 0, bottom = 0] = box.map(Math.round);
  const data = picture.data.slice();
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
      const depth = Math.min(x - left, right - 1 - x, y - top, bottom - 1 - y);
      if (depth < thickness) data.set(color, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

/**
 * Edges of one patch of a picture, for {@link outlineBox}.
 *
 * @throws InvalidInput if the grid has no such patch.
 */
export function patchBox(
  patch: number,
  [rows, columns]: readonly [rows: number, columns: number],
  { width, height }: { readonly width: number; readonly height: number },
): readonly [left: number, top: number, right: number, bottom: number] {
  if (!Number.isInteger(patch) || patch < 0 || patch >= rows * columns) {
    throw invalidField(
      'patch',
      `an integer from 0 to ${rows * columns - 1}`,
      patch,
      'Patches count row by row.',
    );
  }
  const [row, column] = [Math.floor(patch / columns), patch % columns];
  const [patchWidth, patchHeight] = [width / columns, height / rows];
  return [column * patchWidth, row * patchHeight, (column + 1) * patchWidth, (row + 1) * patchHeight];
}
