import { invalidField, requirePositiveInteger, throwFaults } from '@m3ae/errors';
import type { AttendedPair } from '../attend-pairs.js';
import type { Box } from '../pointing/scenes.js';
import { type AttentionDirection, wordMaps } from '../attend-pairs.js';
import { type Color, heatOverlay, pictureFaults, type RgbPicture } from './heat-overlay.js';

/** A picture with the attention of its words. */
export interface AttendedScene {
  /** As the model sees it. */
  readonly picture: RgbPicture;
  /** Rows and columns of patches. */
  readonly grid: readonly [rows: number, columns: number];
  readonly attended: AttendedPair;
  /** A label for each word that was looked for, and where its thing is, if that is known. */
  readonly things: readonly { readonly label: string; readonly box?: Box }[];
}

/** A picture to draw, with the attention of its words. */
export interface CaptionedScene extends AttendedScene {
  /** Where the picture comes from. */
  readonly source: string;
  readonly caption: string;
}

/** What is drawn of an attended scene. */
export interface AttendedDrawing {
  /** The picture with the boxes of what is named, where they are known. */
  readonly picture: RgbPicture;
  /** Where each word looks. */
  readonly words: readonly { readonly text: string; readonly picture: RgbPicture }[];
  /** The other way: the patch under the first thing, and how much it looks at each word, over the largest. */
  readonly patch: {
    readonly picture: RgbPicture;
    readonly words: readonly { readonly text: string; readonly shade: number }[];
  };
}

/** Smallest side of a drawn picture in pixels, so that small ones can be seen. */
const leastSide = 192;

/** A picture with each pixel drawn as a square. */
function enlarged({ width, height, data }: RgbPicture, factor: number): RgbPicture {
  const result = new Uint8Array(width * factor * height * factor * 3);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      result.set(data.subarray(from, from + 3), 3 * (y * width * factor + x));
    }
  }
  return { width: width * factor, height: height * factor, data: result };
}

/**
 * Strength of the shade behind each word, as in Fig. 8 of the paper: weights over the largest of them.
 *
 * @param weights - Attention of one patch to the words, not negative: [words].
 * @returns In [0, 1]: [words]; all 0 if no word has any weight.
 * @throws InvalidInput if a weight is negative or not finite.
 */
export function shadeWords(weights: ArrayLike<number>): Float32Array {
  const values = Float32Array.from(weights);
  const bad = values.find((value) => !(Number.isFinite(value) && value >= 0));
  if (bad !== undefined)
    throw invalidField('weights', 'finite and not negative', bad, 'Pass weights after the softmax.');
  const most = values.reduce((best, value) => Math.max(best, value), 0);
  return most === 0 ? values : values.map((value) => value / most);
}

/** The patch under the middle of a box. */
function patchUnder(
  [left, top, right, bottom]: Box,
  { picture, grid: [rows, columns] }: AttendedScene,
): number {
  const place = (edges: number, side: number, count: number) =>
    Math.min(count - 1, Math.floor(edges / 2 / (side / count)));
  return place(top + bottom, picture.height, rows) * columns + place(left + right, picture.width, columns);
}

/**
 * Draws where the words of one picture look, and the other way.
 *
 * @param at - Place of the map among those that were asked for.
 * @param direction - In which it is read for the words.
 */
export function drawAttended(
  scene: AttendedScene,
  at: number,
  direction: AttentionDirection,
): AttendedDrawing {
  const { picture, grid, attended, things } = scene;
  const factor = Math.max(1, Math.ceil(leastSide / Math.min(picture.width, picture.height)));
  const plain = enlarged(picture, factor);
  const boxed = things.reduce((drawn, { box }) => {
    if (box === undefined) return drawn;
    const [left, top, right, bottom] = box;
    return outlineBox(drawn, [left * factor, top * factor, right * factor, bottom * factor], {
      thickness: 2,
    });
  }, plain);
  const patch = patchUnder(things[0]?.box ?? [0, 0, picture.width, picture.height], scene);
  const shades = shadeWords(wordMaps(attended, at, 'patchToWords').map((map) => map[patch]!));
  return {
    picture: boxed,
    words: wordMaps(attended, at, direction).map((heat, word) => ({
      text: things[word]!.label,
      picture: heatOverlay(plain, heat, { grid }),
    })),
    patch: {
      picture: outlineBox(plain, patchBox(patch, grid, plain), { thickness: 3 }),
      words: things.map(({ label }, word) => ({
        text: label,
        shade: Math.round(1000 * shades[word]!) / 1000,
      })),
    },
  };
}

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
  box: Box,
  style: { readonly color?: Color; readonly thickness?: number } = {},
): RgbPicture {
  const { color = [0, 200, 0], thickness = 1 } = style;
  throwFaults(pictureFaults(picture));
  requirePositiveInteger('thickness', thickness, 'Count pixels.');
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
): Box {
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
