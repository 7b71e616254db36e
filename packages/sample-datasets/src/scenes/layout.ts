import { bernoulli, foldIn, permutation, randomInteger, type RngKey } from '@m3ae/random';
import type { Box, PixelSource } from '@m3ae/datasets';
import type { EmojiRecord } from '../emoji/open-emoji.js';

/** What scenes are composed of, as plain data. */
export interface SceneContent {
  /** Drawings on white, RGB. */
  readonly drawings: PixelSource;
  /** Those of them that may stand in a scene. */
  readonly rows: readonly number[];
  /** One record a row. */
  readonly records: readonly EmojiRecord[];
  /** Words of the key of all these scenes. */
  readonly key: readonly [number, number];
  /** Side of the composed pictures in pixels. */
  readonly size: number;
  readonly parts: readonly [number, number];
  /** Smallest and largest side of a drawing in pixels. */
  readonly side: readonly [number, number];
  readonly softBackground: number;
  readonly separator: string;
  readonly tags: number;
  readonly tagSeparator: string;
}

/** Which drawings stand where, in the order of the caption. */
export interface SceneLayout {
  /** Plain color behind the drawings. */
  readonly background: Color;
  readonly parts: readonly { readonly drawing: number; readonly box: Box }[];
}

/** Red, green and blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Purposes of a scene's key. */
const countPurpose = 0;
const drawingPurpose = 1;
const sidePurpose = 2;
const placePurpose = 3;
const orderPurpose = 4;
const backgroundPurpose = 5;

/** Drawings asked of one key; where too many of them show the same emoji, the next key gives more. */
const drawnAtOnce = 16;
/** Darkest value of a channel in a soft background. */
const softest = 208;

/** Draws one scene; it follows from the content's key and options and the index alone. */
export function drawLayout(content: SceneContent, index: number): SceneLayout {
  const key = foldIn(content.key, index);
  const drawings = drawDrawings(content, index);
  const [smallest, largest] = content.side;
  const sides = randomInteger(foldIn(key, sidePurpose), drawings.length, smallest, largest + 1);
  const places = placeSquares(sides, content.size, foldIn(key, placePurpose));
  // Squares placed first have more room; shuffled, no place in the caption tells of a place in the picture.
  const order = permutation(foldIn(key, orderPurpose), drawings.length);
  return {
    background: drawBackground(content, foldIn(key, backgroundPurpose)),
    parts: drawings.map((drawing, at) => ({ drawing, box: places[order[at]!]! })),
  };
}

/**
 * The drawings of one scene in the order of its caption: different emoji with different names, which is all that
 * a caption needs to know.
 */
export function drawDrawings({ key: contentKey, parts, records }: SceneContent, index: number): number[] {
  const key = foldIn(contentKey, index);
  const [fewest, most] = parts;
  const count = randomInteger(foldIn(key, countPurpose), 1, fewest, most + 1)[0]!;
  const chosen: number[] = [];
  for (let block = 0; chosen.length < count; block++) {
    const blockKey = foldIn(foldIn(key, drawingPurpose), block);
    for (const drawing of randomInteger(blockKey, drawnAtOnce, 0, records.length)) {
      const isNew = chosen.every((other) => differ(records[other]!, records[drawing]!));
      if (isNew && chosen.length < count) chosen.push(drawing);
    }
  }
  return chosen;
}

function differ(a: SceneContent['records'][number], b: SceneContent['records'][number]): boolean {
  return a.label !== b.label && a.baseCodePoints !== b.baseCodePoints;
}

function drawBackground({ softBackground }: SceneContent, key: RngKey): Color {
  if (bernoulli(foldIn(key, 0), 1, softBackground)[0] === 0) return [255, 255, 255];
  const [red, green, blue] = randomInteger(foldIn(key, 1), 3, softest, 256);
  return [red!, green!, blue!];
}

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
function placeSquares(sides: ArrayLike<number>, canvas: number, key: RngKey): Box[] {
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
