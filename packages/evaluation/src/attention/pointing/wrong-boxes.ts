import { foldIn, type RngKey, uniform } from '@m3ae/random';
import type { BoxOnGrid } from './boxes.js';
import { pointAt, type Pointing } from './measure.js';
import type { PointingScene } from './types.js';

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
      const [which, what] = uniform(foldIn(foldIn(key, i), j), 2) as unknown as [number, number];
      const list = boxes[(i + 1 + Math.floor(which * (scenes.length - 1))) % scenes.length]!;
      return pointAt(map, list[Math.floor(what * list.length)]!);
    }),
  );
}
