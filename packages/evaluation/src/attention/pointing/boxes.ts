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
export function boxFaults(field: string, box: Box, { width, height }: PatchGridSize): Fault[] {
  const [left, top, right, bottom] = box;
  const whole = box.length === 4 && box.every(Number.isFinite);
  if (whole && overlap(0, width, left, right) > 0 && overlap(0, height, top, bottom) > 0) return [];
  const rule = `[left, top, right, bottom] with an area inside the ${width} x ${height} picture`;
  return [faultOf(field, rule, `[${box.join(', ')}]`, 'Leave out words whose thing the view cuts off.')];
}
