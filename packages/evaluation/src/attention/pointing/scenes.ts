import type { RngKey } from '@m3ae/random';
import { type Fault, faultOf } from '@m3ae/errors';

/** Left, top, right and bottom edges in pixels; right and bottom are the first column and row outside. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Patches of a picture and its size in pixels. */
export interface PatchGridSize {
  /** Rows and columns of patches, which cover the picture evenly. */
  readonly grid: readonly [rows: number, columns: number];
  /** Of the picture that the model saw, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** A box as patches see it. */
export interface BoxOnGrid {
  /** Share of each patch that the box covers: [patches]. */
  readonly coverage: Float64Array;
  /** 1 where the center of the patch is inside the box: [patches]. */
  readonly centered: Uint8Array;
  /** Share of the picture that the box covers. */
  readonly area: number;
  /** Share of the patches whose center is inside. */
  readonly centers: number;
}

/** Length that two stretches share. */
const overlap = (from: number, to: number, start: number, end: number) =>
  Math.max(0, Math.min(to, end) - Math.max(from, start));

/** Lays a box on a grid of patches; what leaves the picture is cut off. */
export function boxOnGrid(
  [left, top, right, bottom]: Box,
  { grid, width, height }: PatchGridSize,
): BoxOnGrid {
  const [rows, columns] = grid;
  const [patchWidth, patchHeight] = [width / columns, height / rows];
  const coverage = new Float64Array(rows * columns);
  const centered = new Uint8Array(rows * columns);
  for (let patch = 0; patch < coverage.length; patch++) {
    const [x, y] = [(patch % columns) * patchWidth, Math.floor(patch / columns) * patchHeight];
    const across = overlap(x, x + patchWidth, left, right) / patchWidth;
    const down = overlap(y, y + patchHeight, top, bottom) / patchHeight;
    coverage[patch] = across * down;
    const [centerX, centerY] = [x + patchWidth / 2, y + patchHeight / 2];
    centered[patch] = centerX >= left && centerX < right && centerY >= top && centerY < bottom ? 1 : 0;
  }
  const meanOf = (values: Iterable<number>) =>
    [...values].reduce((sum, value) => sum + value, 0) / coverage.length;
  return { coverage, centered, area: meanOf(coverage), centers: meanOf(centered) };
}

/** What is wrong with a box. */
function boxFaults(field: string, box: Box, { width, height }: PatchGridSize): Fault[] {
  const [left, top, right, bottom] = box;
  const whole = box.length === 4 && box.every(Number.isFinite);
  if (whole && overlap(0, width, left, right) > 0 && overlap(0, height, top, bottom) > 0) return [];
  const rule = `[left, top, right, bottom] with an area inside the ${width} x ${height} picture`;
  return [faultOf(field, rule, `[${box.join(', ')}]`, 'Leave out words whose thing the view cuts off.')];
}

/** One word of a scene: where it looks, and where its thing is. */
export interface PointingWord {
  /** Attention to each patch, in any unit, not negative: [patches]. */
  readonly map: ArrayLike<number>;
  readonly box: Box;
}

/** The words of one picture. */
export interface PointingScene {
  readonly words: readonly PointingWord[];
}

/** How {@link pointingScore} measures. */
export interface PointingOptions extends PatchGridSize {
  /** Key of the control's boxes and of the intervals. */
  readonly key: RngKey;
  /**
   * Whether each map is scored relative to the other words of its scene: as the word's share, patch by patch, of what all
   * words of the scene give to it. What attracts every word then counts for none. Default false.
   */
  readonly relative?: boolean;
  /** Samples of the bootstrap over scenes. Default 1000. */
  readonly resamples?: number;
  /** Share of the samples inside of an interval. Default 0.95. */
  readonly level?: number;
}

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
