import type { PicturePrint } from './difference-hash.js';

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
