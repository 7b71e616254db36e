import type { PointingScene } from './types.js';

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
