import { resize, type RgbImage } from '@m3ae/preprocess';

/** What two pictures have in common that look alike. */
export interface PicturePrint {
  /** The first and the last 32 bits of the difference hash, from the top left pixel on. */
  readonly high: number;
  readonly low: number;
  /** Mean of each channel, in whole steps of 0 to 255. */
  readonly mean: readonly [number, number, number];
}

const [across, down] = [9, 8];

/** Luma as Pillow's `convert('L')` rounds it (ITU-R 601-2). */
function grayOf({ width, height, channels, data }: RgbImage): RgbImage {
  if (channels === 1) return { width, height, channels, data };
  const gray = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < gray.length; at++, from += channels)
    gray[at] = (data[from]! * 19595 + data[from + 1]! * 38470 + data[from + 2]! * 7471 + 0x8000) >> 16;
  return { width, height, channels: 1, data: gray };
}

/**
 * The difference hash of a picture (dHash): made gray and 9 by 8 pixels large, a bit for each pixel that is darker than
 * its right neighbor. It stays when a picture is made smaller, stored again or made lighter.
 *
 * @param image - [height, width, 3].
 * @see https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
 */
export function printOf(image: RgbImage): PicturePrint {
  const { data } = resize(grayOf(image), { width: across, height: down });
  const words = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const at = Math.floor(bit / 8) * across + (bit % 8);
    if (data[at + 1]! > data[at]!) words[bit >> 5]! |= 1 << (31 - (bit & 31));
  }
  return { high: words[0]! >>> 0, low: words[1]! >>> 0, mean: meanOf(image) };
}

function meanOf({ data, channels }: RgbImage): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < data.length; at++) sums[channels === 1 ? 0 : at % channels]! += data[at]!;
  const pixels = data.length / channels;
  const [red, green, blue] = sums.map((sum) => Math.round(sum / pixels)) as [number, number, number];
  return channels === 1 ? [red, red, red] : [red, green, blue];
}

/** A print as 22 hexadecimal digits. */
export function printText({ high, low, mean }: PicturePrint): string {
  const words = [high, low].map((word) => word.toString(16).padStart(8, '0'));
  return [...words, ...mean.map((value) => value.toString(16).padStart(2, '0'))].join('');
}

/** What {@link printText} wrote. */
export function printFrom(text: string): PicturePrint {
  const number = (from: number, to: number) => Number.parseInt(text.slice(from, to), 16);
  return { high: number(0, 8), low: number(8, 16), mean: [number(16, 18), number(18, 20), number(20, 22)] };
}
