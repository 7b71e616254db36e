import { type Fault, faultOf } from '@m3ae/errors';
import { boxFaults } from './boxes.js';
import type { PointingOptions, PointingScene } from './types.js';

/** What is wrong with scenes and options. */
export function pointingFaults(scenes: readonly PointingScene[], options: PointingOptions): Fault[] {
  const { grid, width, height, resamples = 1000, level = 0.95 } = options;
  const counts = [...grid, width, height, resamples];
  const positive = counts.every((value, i) =>
    i === 2 || i === 3 ? value > 0 : Number.isInteger(value) && value > 0,
  );
  if (!positive) {
    const rule = 'positive: grid, width, height and resamples';
    return [faultOf('options', rule, counts.join(', '), 'Give the view in pixels and its patches.')];
  }
  if (scenes.length === 0) {
    return [
      faultOf('scenes', 'at least one with a word', 'none', 'Check the part of the data and its boxes.'),
    ];
  }
  const patches = grid[0] * grid[1];
  const faults =
    level > 0 && level < 1 ? [] : [faultOf('level', 'between 0 and 1', level, 'Write 95 % as 0.95.')];
  scenes.forEach(({ words }, i) =>
    words.forEach(({ map, box }, j) => {
      const field = `scenes[${i}].words[${j}]`;
      faults.push(...boxFaults(`${field}.box`, box, options));
      const values = Array.from(map);
      const bad = values.find((value) => !(Number.isFinite(value) && value >= 0));
      if (values.length !== patches) {
        const remedy = 'Pass the attention to patches alone.';
        faults.push(faultOf(`${field}.map`, `of ${patches} patches`, values.length, remedy));
      } else if (bad !== undefined) {
        faults.push(
          faultOf(`${field}.map`, 'finite and not negative', bad, 'Pass weights after the softmax.'),
        );
      }
    }),
  );
  return faults;
}
