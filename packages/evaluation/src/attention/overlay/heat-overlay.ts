import { faultOf, isInInterval, throwFaults } from '@m3ae/errors';
import { type ColorMapName, colorOf } from './color-map.js';
import { pictureFaults, type RgbPicture } from './picture.js';
import { upsampleMap } from './upsample.js';

/** How {@link heatOverlay} paints. */
export interface HeatOptions {
  /** Rows and columns of the map. Default: a square. */
  readonly grid?: readonly [rows: number, columns: number];
  /** Share of the heat in each pixel, in [0, 1]. Default 0.5. */
  readonly alpha?: number;
  /** Default `inferno`; the paper's figures look like `jet`. */
  readonly colors?: ColorMapName;
  /** Values of the coldest and the hottest color. Default: the least and the largest of the smoothed map itself. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Lays a map of attention over a picture as smooth colors (Fig. 7 of the paper).
 *
 * The map is resized to the picture (bicubic), stretched from its least to its largest value, colored and mixed in. A
 * map that is the same everywhere is cold everywhere. Give maps that are to be compared one `range`.
 *
 * @param picture - What the model saw, as bytes.
 * @param map - One number a patch, row by row: [patches].
 * @returns A new picture of the same size.
 * @throws InvalidInput if picture, map or an option do not hold together.
 *
 * @example
 * ```ts
 * const { data } = heatOverlay(picture, map, { grid: [6, 6], colors: 'jet' });
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, Fig. 7, https://arxiv.org/abs/2205.14204
 */
export function heatOverlay(
  picture: RgbPicture,
  map: ArrayLike<number>,
  { grid, alpha = 0.5, colors = 'inferno', range }: HeatOptions = {},
): RgbPicture {
  const side = Math.sqrt(map.length);
  const { width, height, data } = picture;
  throwFaults([
    !isInInterval(alpha, '[0, 1]') && faultOf('alpha', 'in [0, 1]', alpha, 'Write a half as 0.5.'),
    grid === undefined &&
      !Number.isInteger(side) &&
      faultOf('grid', 'given for a map that is no square', `${map.length} patches`, 'Pass [rows, columns].'),
    ...pictureFaults(picture),
  ]);
  const smooth = upsampleMap(map, grid ?? [side, side], { width, height });
  const [low, high] = range ?? [least(smooth), -least(smooth.map((value) => -value))];
  const painted = new Uint8Array(data.length);
  smooth.forEach((value, pixel) => {
    const color = colorOf(colors, high > low ? (value - low) / (high - low) : 0);
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      painted[at] = Math.round((1 - alpha) * data[at]! + alpha * color[channel]!);
    }
  });
  return { width, height, data: painted };
}

const least = (values: Float32Array): number =>
  values.reduce((best, value) => Math.min(best, value), Infinity);
