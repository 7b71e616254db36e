import { chartLooks } from '@m3ae/report';

/** Hues with at least 3:1 contrast on the light and on the dark page; shapes and dashes tell series apart without them. */
export const hues = ['#4f7fd9', '#d9722e', '#3f9b6c', '#a05fc0', '#9a7d2a', '#7a8290'];
export const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];
export const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 4],
  [1, 3],
];

/** The looks of charts in a page; sizes fit a column. */
export const theme = {
  ...chartLooks,
  font: 'sans-serif',
  axis: { ...chartLooks.axis, labelLimit: 320 },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', symbolStrokeWidth: 1.5, labelLimit: 320 },
  header: { labelColor: 'currentColor', labelFontSize: 12, labelFontWeight: 'bold' },
  facet: { spacing: 24 },
} as const;

/**
 * A hue, shape or dash for each name. Where the hues begin again, shapes and dashes move on by one, so that no two of
 * the first 36 names look the same.
 */
export const scaleOf = (domain: readonly string[], range: readonly unknown[]) => ({
  domain: [...domain],
  range: domain.map((_, at) => {
    const round = range === hues ? 0 : Math.floor(at / hues.length);
    return range[(at + round) % range.length];
  }),
});

/** Characters of a legend that fit the width of a plot, and those that the mark of a name takes. */
const legendWidth = 64;
const markWidth = 5;

/** A legend below the plot, in as many columns as its width holds. */
export function legendBelow(names: readonly string[]) {
  const longest = Math.max(...names.map((name) => name.length));
  return {
    title: null,
    orient: 'bottom',
    symbolLimit: names.length, // else Vega leaves out what comes after the thirtieth
    columns: Math.max(1, Math.floor(legendWidth / (longest + markWidth))),
  };
}
