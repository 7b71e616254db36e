import { type Fault, faultOf, isInInterval, throwFaults } from '@m3ae/errors';
import { upsampleMap } from './upsample.js';

/** Eight-bit picture of three channels: row-major, interleaved. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0 to 255. */
  readonly data: Uint8Array;
}

/** What is wrong with a picture. */
export function pictureFaults({ width, height, data }: RgbPicture): Fault[] {
  const positive = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (positive && data.length === width * height * 3) return [];
  const rule = `of height * width * 3 bytes, ${height} * ${width} * 3`;
  return [faultOf('picture', rule, `${data.length} bytes`, 'Convert it to three channels first.')];
}

/**
 * Names of color maps.
 *
 * - `inferno`: black, violet, orange, pale yellow. Lightness rises evenly, so that it reads in black and white too.
 * - `jet`: blue, green, red, as the figures of the paper. It shows edges that are not there.
 */
export type ColorMapName = 'inferno' | 'jet';

/** Red, green and blue, each from 0 to 255, not rounded. */
export type Color = readonly [red: number, green: number, blue: number];

/** Every sixteenth of inferno, by S. van der Walt and N. Smith (public domain, CC0). */
const inferno = [
  0x000004, 0x0b0724, 0x210c4a, 0x3d0965, 0x57106e, 0x71196e, 0x8a226a, 0xa32c61, 0xbc3754, 0xd24644,
  0xe45a31, 0xf1731d, 0xf98e09, 0xfcac11, 0xf9cb35, 0xf2ea69, 0xfcffa4,
].map((hex): Color => [hex >> 16, (hex >> 8) & 255, hex & 255]);

/** Corners of one channel: where they stand, and how high. */
interface Corners {
  readonly places: readonly number[];
  readonly heights: readonly number[];
}

/** Red, green and blue of jet. */
const jet = [
  { places: [0, 0.35, 0.66, 0.89, 1], heights: [0, 0, 1, 1, 0.5] },
  { places: [0, 0.125, 0.375, 0.64, 0.91, 1], heights: [0, 0, 1, 1, 0, 0] },
  { places: [0, 0.11, 0.34, 0.65, 1], heights: [0.5, 1, 1, 0, 0] },
] as const;

function alongCorners({ places, heights }: Corners, place: number): number {
  const found = places.findIndex((corner) => corner >= place);
  const after = Math.max(1, found);
  const [from, to] = [places[after - 1]!, places[after]!];
  const [low, high] = [heights[after - 1]!, heights[after]!];
  return low + ((high - low) * (place - from)) / (to - from);
}

/** Color of a value in [0, 1]; what is outside takes the color of the end. */
export function colorOf(name: ColorMapName, value: number): Color {
  const place = Math.min(1, Math.max(0, value));
  if (name === 'jet') {
    const [red, green, blue] = jet;
    const channel = (corners: Corners) => 255 * alongCorners(corners, place);
    return [channel(red), channel(green), channel(blue)];
  }
  const at = Math.min(inferno.length - 2, Math.floor(place * (inferno.length - 1)));
  const share = place * (inferno.length - 1) - at;
  const [low, high] = [inferno[at]!, inferno[at + 1]!];
  const channel = (i: 0 | 1 | 2) => low[i] + share * (high[i] - low[i]);
  return [channel(0), channel(1), channel(2)];
}

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
