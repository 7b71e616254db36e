import { bernoulli, foldIn, permutation, randomInteger, type RngKey } from '@m3ae/random';
import type { Box } from '@m3ae/datasets';
import type { SceneContent } from './content.js';
import { placeSquares } from './place.js';

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
