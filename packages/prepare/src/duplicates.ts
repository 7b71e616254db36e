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

/** Pictures whose mean color differs by more are not alike, whatever their shapes: hashes of plain ones are equal. */
const mostColorSteps = 12;
/** Bits of a hash that are looked up at once. */
const bandBits = 16;
const bands = 64 / bandBits;

/** Finds pictures that look like an earlier one. */
export interface DuplicateFinder {
  /** The first added picture that looks like this one; undefined if there is none. */
  find(print: PicturePrint): number | undefined;
  /** Adds a picture. @param id - What `find` gives for it, an integer of at most 32 bits. */
  add(print: PicturePrint, id: number): void;
}

/** Numbers that come one by one: eight for a picture. */
function createColumn() {
  let values = new Uint32Array(1 << 10);
  let length = 0;
  return {
    at: (index: number) => values[index]!,
    push(value: number) {
      if (length === values.length) {
        const larger = new Uint32Array(length * 2);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    get length() {
      return length;
    },
  };
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

const bandOf = ({ high, low }: PicturePrint, band: number): number =>
  ((band < 2 ? high : low) >>> (band % 2 === 0 ? bandBits : 0)) & 0xffff;

const packed = ([red, green, blue]: PicturePrint['mean']) => (red << 16) | (green << 8) | blue;

/**
 * An empty {@link DuplicateFinder}. Two hashes that differ in at most three bits are equal in one of their four quarters, so
 * that only pictures with an equal quarter are compared (Norouzi et al., "Fast search in Hamming space", 2012).
 *
 * @param bits - Bits of 64 that may differ, 0 to 3.
 */
export function createDuplicateFinder(bits: number): DuplicateFinder {
  const [highs, lows, means, ids] = [createColumn(), createColumn(), createColumn(), createColumn()];
  // Pictures with the same quarter are a list: its newest, and for each picture the one before; numbers count from 1.
  const newest = Array.from({ length: bands }, () => new Uint32Array(1 << bandBits));
  const before = Array.from({ length: bands }, createColumn);
  const isAlike = (at: number, { high, low, mean }: PicturePrint) =>
    countBits((highs.at(at) ^ high) >>> 0) + countBits((lows.at(at) ^ low) >>> 0) <= bits &&
    [16, 8, 0].every(
      (shift, channel) => Math.abs(((means.at(at) >>> shift) & 0xff) - mean[channel]!) <= mostColorSteps,
    );
  return {
    find(print) {
      let first: number | undefined;
      for (let band = 0; band < bands; band++) {
        let next = newest[band]![bandOf(print, band)]!;
        for (; next > 0; next = before[band]!.at(next - 1))
          if ((first === undefined || next - 1 < first) && isAlike(next - 1, print)) first = next - 1;
      }
      return first === undefined ? undefined : ids.at(first);
    },
    add(print, id) {
      highs.push(print.high);
      lows.push(print.low);
      means.push(packed(print.mean));
      ids.push(id);
      for (let band = 0; band < bands; band++) {
        const own = bandOf(print, band);
        before[band]!.push(newest[band]![own]!);
        newest[band]![own] = highs.length;
      }
    },
  };
}
