import { foldIn, permutation, randomInteger, type RngKey } from '@m3ae/random';
import type { Box } from '@m3ae/datasets';

/** Purpose of the key where squares go into the quarters of the canvas. */
const quarterPurpose = 100;

/**
 * Puts at most four squares on a square canvas so that none overlaps another. Each is placed evenly among all the free
 * places that those before it leave; if they leave none, every square goes to a quarter of its own instead.
 *
 * @param sides - Sides in pixels, at most half the canvas: [squares].
 * @param canvas - Side of the canvas in pixels.
 * @param key - The same key gives the same places.
 */
export function placeSquares(sides: ArrayLike<number>, canvas: number, key: RngKey): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < sides.length; at++) {
    const side = sides[at]!;
    const starts = freeStarts(boxes, side, canvas);
    if (starts.length === 0) return placeInQuarters(sides, canvas, foldIn(key, quarterPurpose));
    const start = starts[randomInteger(foldIn(key, at), 1, 0, starts.length)[0]!]!;
    boxes.push(squareAt(start % canvas, Math.floor(start / canvas), side));
  }
  return boxes;
}

/** Top left corners, as row * canvas + column, where a square touches none of the boxes. */
function freeStarts(boxes: readonly Box[], side: number, canvas: number): number[] {
  const starts: number[] = [];
  for (let top = 0; top + side <= canvas; top++) {
    // Only boxes at the height of the square can be in its way.
    const beside = boxes.filter((box) => top < box[3] && top + side > box[1]);
    for (let left = 0; left + side <= canvas; left++) {
      if (beside.every((box) => left >= box[2] || left + side <= box[0])) starts.push(top * canvas + left);
    }
  }
  return starts;
}

function placeInQuarters(sides: ArrayLike<number>, canvas: number, key: RngKey): Box[] {
  const half = Math.floor(canvas / 2);
  const quarters = permutation(foldIn(key, 0), 4);
  return Array.from(sides, (side, at) => {
    const [x, y] = [1, 2].map(
      (axis) => randomInteger(foldIn(foldIn(key, axis), at), 1, 0, half - side + 1)[0]!,
    );
    const quarter = quarters[at]!;
    return squareAt((quarter % 2) * half + x!, Math.floor(quarter / 2) * half + y!, side);
  });
}

function squareAt(left: number, top: number, side: number): Box {
  return [left, top, left + side, top + side];
}
