import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml } from './page.js';

/** Looks of a chart in a page: its colors follow the text, so that it can be read on the light and on the dark page. */
export const chartLooks = {
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    domainOpacity: 0.4,
    tickOpacity: 0.4,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
  },
} as const;

/**
 * Draws a Vega-Lite specification as SVG text, without a browser.
 *
 * Vega is loaded at the first call: a page without charts does not wait for it.
 *
 * @see https://vega.github.io/vega-lite/docs/spec.html
 */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const logger = vega.logger(vega.Error);
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), { renderer: 'none', logger });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** Numbers of one step by name, as a line of `metrics.jsonl` holds them. */
export interface CurveLine {
  readonly step: number;
  readonly [metric: string]: number | string | null;
}

/** One small chart: a metric over the steps. */
export interface Curve {
  readonly title: string;
  /** Name of the metric in the lines. */
  readonly field: string;
  /** Kind of number, as d3-format names it; the axis adds the digits that its step needs. */
  readonly format: 'f' | '%' | 'e';
}

/** A curve drawn as SVG text, with what a screen reader should say of it. */
export interface DrawnCurve {
  readonly title: string;
  readonly summary: string;
  readonly svg: string;
}

/** Hues with at least 3:1 contrast on the light and on the dark page. */
const hue = { training: '#4f7fd9', validation: '#d9722e' };

/** The points of a metric, in order. */
function pointsOf(lines: readonly CurveLine[], field: string): { step: number; value: number }[] {
  return lines.flatMap((line) => {
    const value = line[field];
    return typeof value === 'number' ? [{ step: line.step, value }] : [];
  });
}

/**
 * Mean over a window of about a thirtieth of the values: what the eye looks for in noisy losses.
 *
 * In linear time, by van Herk's blocks as long as the window, which lies in two of them at most: the sum from its start to the end of
 * the first and that from the begin of the second to its end. A running sum would lose the small values after a large one.
 */
export function smoothed(values: readonly number[]): number[] {
  const half = Math.floor(values.length / 60);
  const width = 2 * half + 1;
  const fromBegin = Float64Array.from(values);
  const toEnd = Float64Array.from(values);
  for (let at = 1; at < values.length; at++) if (at % width > 0) fromBegin[at]! += fromBegin[at - 1]!;
  for (let at = values.length - 2; at >= 0; at--) if ((at + 1) % width > 0) toEnd[at]! += toEnd[at + 1]!;
  const blockOf = (at: number) => Math.floor(at / width);
  return values.map((_, at) => {
    const first = Math.max(0, at - half);
    const last = Math.min(values.length - 1, at + half);
    const next = blockOf(first) === blockOf(last) ? 0 : fromBegin[last]!;
    const total = first % width === 0 ? fromBegin[last]! : toEnd[first]! + next;
    return total / (last - first + 1);
  });
}

function specOf(
  { field, format }: Curve,
  training: readonly CurveLine[],
  validation: readonly CurveLine[],
): TopLevelSpec {
  const points = pointsOf(training, field);
  const trend = smoothed(points.map(({ value }) => value)).map((value, at) => ({
    step: points[at]!.step,
    value,
  }));
  const x = { title: 'step', axis: { tickCount: 5, tickMinStep: 1, grid: false } };
  const y = { title: null, scale: { zero: false }, axis: { tickCount: 5, format } };
  const encoding = {
    x: { field: 'step', type: 'quantitative', ...x },
    y: { field: 'value', type: 'quantitative', ...y },
  } as const;
  const line = <Looks extends object>(values: object[], looks: Looks) => ({
    data: { values },
    mark: { type: 'line', ...looks } as const,
    encoding,
  });
  const dots = { size: 30, color: hue.validation };
  return {
    width: 330,
    height: 180,
    background: 'transparent',
    layer: [
      line(points, { strokeWidth: 1, opacity: 0.3, color: hue.training }),
      line(trend, { strokeWidth: 2, color: hue.training }),
      line(pointsOf(validation, field), { strokeWidth: 2, color: hue.validation, point: dots }),
    ],
    config: { ...chartLooks, axis: { ...chartLooks.axis, labelFont: 'inherit', titleFont: 'inherit' } },
  };
}

function summaryOf({ title, field, format }: Curve, lines: readonly CurveLine[]): string {
  const points = pointsOf(lines, field);
  const values = smoothed(points.map(({ value }) => value));
  const show = (value: number) =>
    format === '%' ? `${(100 * value).toFixed(1)} %` : Number(value.toPrecision(3));
  return `${title}: from ${show(values[0]!)} at step ${points[0]!.step} to ${show(values.at(-1)!)} at step ${points.at(-1)!.step}.`;
}

/**
 * Draws those of some curves that the lines hold at least two points of.
 *
 * @param training - A line for each step that was logged: drawn thin, and smoothed over a thirtieth of them.
 * @param validation - Lines that are drawn over the curves of the same name.
 *
 * @example
 * ```ts
 * await drawCurves([{ title: 'Loss', field: 'loss', format: 'f' }], [{ step: 1, loss: 2 }, { step: 2, loss: 1 }]);
 * ```
 */
export async function drawCurves(
  curves: readonly Curve[],
  training: readonly CurveLine[],
  validation: readonly CurveLine[] = [],
): Promise<DrawnCurve[]> {
  const drawn: DrawnCurve[] = [];
  for (const curve of curves) {
    if (pointsOf(training, curve.field).length < 2) continue;
    const svg = await drawSvg(specOf(curve, training, validation));
    drawn.push({ title: curve.title, summary: summaryOf(curve, training), svg });
  }
  return drawn;
}

/** Drawn curves side by side. */
export function curvesHtml(curves: readonly DrawnCurve[]): string {
  const figures = curves.map(
    ({ title, summary, svg }) =>
      `<figure><h3>${escapeHtml(title)}</h3><div role="img" aria-label="${escapeHtml(summary)}">${svg}</div></figure>`,
  );
  return figures.length === 0 ? '' : `<div class="curves">${figures.join('\n')}</div>`;
}

/**
 * Says which line of the curves is which.
 *
 * @param validation - What the dotted line is; absent where there is none.
 */
export function curveLegendHtml(training: string, validation?: string): string {
  const entries = [
    [hue.training, training],
    ...(validation === undefined ? [] : [[hue.validation, validation]]),
  ];
  const items = entries.map(
    ([color, text]) => `<span><i style="background:${color}"></i>${escapeHtml(text!)}</span>`,
  );
  return `<p class="legend note">${items.join('')}</p>`;
}
