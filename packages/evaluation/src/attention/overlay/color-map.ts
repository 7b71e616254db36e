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

type Corners = readonly (readonly [place: number, height: number])[];

/** Corners of each channel of jet. */
const jet = [
  [
    [0, 0],
    [0.35, 0],
    [0.66, 1],
    [0.89, 1],
    [1, 0.5],
  ],
  [
    [0, 0],
    [0.125, 0],
    [0.375, 1],
    [0.64, 1],
    [0.91, 0],
    [1, 0],
  ],
  [
    [0, 0.5],
    [0.11, 1],
    [0.34, 1],
    [0.65, 0],
    [1, 0],
  ],
] as const;

function alongCorners(corners: Corners, place: number): number {
  const after = Math.max(
    1,
    corners.findIndex(([corner]) => corner >= place),
  );
  const [[from, low], [to, high]] = [corners[after - 1]!, corners[after]!];
  return low + ((high - low) * (place - from)) / (to - from);
}

/**
 * Color of a value.
 *
 * @param name - Which color map.
 * @param value - In [0, 1]; what is outside takes the color of the end.
 */
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
