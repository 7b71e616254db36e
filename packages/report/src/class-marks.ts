/** Hues of middle lightness, readable on the light and on the dark page. */
const hues = [
  '#4f7fd9',
  '#d9722e',
  '#3a9d5d',
  '#c44e52',
  '#8a6fc9',
  '#a0643c',
  '#d37295',
  '#7f7f7f',
  '#a89a2e',
  '#2fa3b5',
];

/**
 * Shapes of Vega, by name or as a path in the square from -1 to 1. Each has an area: marks are filled and not stroked, so
 * that one that is only a line would leave nothing to see.
 */
const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
  'M0,-1L0.24,-0.32L0.95,-0.31L0.38,0.12L0.59,0.81L0,0.4L-0.59,0.81L-0.38,0.12L-0.95,-0.31L-0.24,-0.32Z', // a star
  'M-1,-1L1,-1L-1,1L1,1Z', // an hourglass
  'M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z', // a diagonal cross
  'M-1,0.5A1,1,0,0,1,1,0.5Z', // a half disc
];

/** Most classes that a hue and a shape keep apart. */
export const mostMarks = hues.length * shapes.length;

/** What the points of a class look like. */
export interface ClassMark {
  readonly hue: string;
  /** As Vega takes it. */
  readonly shape: string;
}

/**
 * A mark for each of some classes, no two the same up to {@link mostMarks}.
 *
 * Ten classes in a row have ten hues and ten shapes, so that the first ten need only one of the two to be told apart.
 */
export function classMarks(classes: number): ClassMark[] {
  return Array.from({ length: classes }, (_, label) => ({
    hue: hues[label % hues.length]!,
    shape: shapes[(label + Math.floor(label / hues.length)) % shapes.length]!,
  }));
}
