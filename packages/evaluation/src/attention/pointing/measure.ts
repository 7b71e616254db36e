import type { BoxOnGrid } from './boxes.js';

/** How well one map points at one box. */
export interface Pointing {
  /** Share of the largest patches whose centre is inside the box: 1 or 0 unless patches tie. */
  readonly hit: number;
  /** Share of the map's mass inside the box. */
  readonly inside: number;
  /** `inside` over the box's share of the picture: 1 is what an even map gives. */
  readonly density: number;
}

/**
 * Scores a map on a box.
 *
 * A patch that the box covers in part gives that part of its mass. Patches that tie for the largest count as one draw
 * among them, so that an even map scores exactly chance; a map of zeros says nothing and counts as an even one.
 *
 * @param map - Not negative: [patches].
 */
export function pointAt(map: ArrayLike<number>, { coverage, centred, area }: BoxOnGrid): Pointing {
  let total = 0;
  let covered = 0;
  let largest = -Infinity;
  let ties = 0;
  let hits = 0;
  for (let patch = 0; patch < coverage.length; patch++) {
    const value = map[patch]!;
    total += value;
    covered += value * coverage[patch]!;
    if (value > largest) [largest, ties, hits] = [value, 0, 0];
    if (value === largest) {
      ties++;
      hits += centred[patch]!;
    }
  }
  const inside = total === 0 ? area : covered / total;
  return { hit: hits / ties, inside, density: inside / area };
}
