import { foldIn, type RngKey, uniform } from '@m3ae/random';
import type { BoxOnGrid, PointingScene } from './scenes.js';

/** How well one map points at one box. */
export interface Pointing {
  /** Share of the largest patches whose center is inside the box: 1 or 0 unless patches tie. */
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
export function pointAt(map: ArrayLike<number>, { coverage, centered, area }: BoxOnGrid): Pointing {
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
      hits += centered[patch]!;
    }
  }
  const inside = total === 0 ? area : covered / total;
  return { hit: hits / ties, inside, density: inside / area };
}

/** Scores by scene and word; null where a word has none. */
export type Pointings = readonly (readonly (Pointing | null)[])[];

/** Each map on the boxes of the other words of its scene, the mean of them. */
export function sameScene(scenes: readonly PointingScene[], boxes: readonly BoxOnGrid[][]): Pointings {
  return scenes.map(({ words }, i) =>
    words.map(({ map }, j) => {
      const others = boxes[i]!.filter((_, other) => other !== j).map((box) => pointAt(map, box));
      if (others.length === 0) return null;
      const mean = (name: keyof Pointing) =>
        others.reduce((sum, pointing) => sum + pointing[name], 0) / others.length;
      return { hit: mean('hit'), inside: mean('inside'), density: mean('density') };
    }),
  );
}

/** Each map on a box drawn from another scene. */
export function otherScene(
  scenes: readonly PointingScene[],
  boxes: readonly BoxOnGrid[][],
  key: RngKey,
): Pointings {
  return scenes.map(({ words }, i) =>
    words.map(({ map }, j) => {
      if (scenes.length === 1) return null;
      const [which = 0, what = 0] = uniform(foldIn(foldIn(key, i), j), 2);
      const list = boxes[(i + 1 + Math.floor(which * (scenes.length - 1))) % scenes.length]!;
      return pointAt(map, list[Math.floor(what * list.length)]!);
    }),
  );
}

/** Each map of a scene, brought to sum 1, as its share of all maps of the scene, patch by patch. */
export function relativeMaps({ words }: PointingScene): PointingScene {
  const even = (count: number) => new Float64Array(count).fill(1 / count);
  const maps = words.map(({ map }) => {
    const values = Float64Array.from(map);
    const total = values.reduce((sum, value) => sum + value, 0);
    return total === 0 ? even(values.length) : values.map((value) => value / total);
  });
  const all = maps[0]!.map((_, patch) => maps.reduce((sum, map) => sum + map[patch]!, 0));
  return {
    words: words.map(({ box }, word) => ({
      box,
      map: maps[word]!.map((value, patch) => (all[patch] === 0 ? 1 / words.length : value / all[patch]!)),
    })),
  };
}
