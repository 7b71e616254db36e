import type { TopLevelSpec } from 'vega-lite';
import type { MetricsLine } from '@m3ae/logging';

/** One small chart: a metric over the steps. */
interface Curve {
  readonly title: string;
  readonly field: string;
  /** Kind of number, as d3-format names it; the axis adds the digits that its step needs. */
  readonly format: 'f' | '%' | 'e';
}

const curves: readonly Curve[] = [
  { title: 'Loss', field: 'loss', format: 'f' },
  { title: 'Picture: squared error of hidden patches', field: 'imageLoss', format: 'f' },
  { title: 'Text: cross-entropy of hidden word pieces', field: 'textLoss', format: 'f' },
  { title: 'Text: hidden word pieces guessed right', field: 'textAccuracy', format: '%' },
  { title: 'Text alone: cross-entropy', field: 'unpairedTextLoss', format: 'f' },
  { title: 'Gradient norm before clipping', field: 'gradientNorm', format: 'f' },
  { title: 'Validation pictures named right: linear probe', field: 'probe', format: '%' },
  { title: 'Validation pictures named right: nearest neighbours', field: 'knn', format: '%' },
  { title: 'Learning rate', field: 'learningRate', format: 'e' },
];

/** Hues with at least 3:1 contrast on the light and on the dark page. */
const hue = { training: '#4f7fd9', validation: '#d9722e' };

/** Mean over a window of about a thirtieth of the lines: what the eye looks for in noisy losses. */
function smoothed(values: readonly number[]): number[] {
  const half = Math.floor(values.length / 60);
  return values.map((_, at) => {
    const part = values.slice(Math.max(0, at - half), at + half + 1);
    return part.reduce((total, value) => total + value, 0) / part.length;
  });
}

function specOf(
  { field, format }: Curve,
  training: readonly MetricsLine[],
  validation: readonly MetricsLine[],
): TopLevelSpec {
  const points = training.map((line) => ({ step: line.step, value: line[field] as number }));
  const trend = smoothed(points.map(({ value }) => value)).map((value, at) => ({
    step: points[at]!.step,
    value,
  }));
  const checks = validation
    .filter((line) => typeof line[field] === 'number')
    .map((line) => ({ step: line.step, value: line[field] as number }));
  const encoding = {
    x: {
      field: 'step',
      type: 'quantitative',
      title: 'step',
      axis: { tickCount: 5, tickMinStep: 1, grid: false },
    },
    y: {
      field: 'value',
      type: 'quantitative',
      title: null,
      scale: { zero: false },
      axis: { tickCount: 5, format },
    },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 330,
    height: 180,
    background: 'transparent',
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 1, opacity: 0.3, color: hue.training },
        encoding,
      },
      { data: { values: trend }, mark: { type: 'line', strokeWidth: 2, color: hue.training }, encoding },
      {
        data: { values: checks },
        mark: {
          type: 'line',
          strokeWidth: 2,
          color: hue.validation,
          point: { size: 30, color: hue.validation },
        },
        encoding,
      },
    ],
    config: {
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
        labelFont: 'inherit',
        titleFont: 'inherit',
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: 'normal',
      },
    },
  };
}

/** A curve drawn as SVG text, with what a screen reader should say of it. */
export interface DrawnCurve {
  readonly title: string;
  readonly summary: string;
  readonly svg: string;
}

function summaryOf(curve: Curve, lines: readonly MetricsLine[]): string {
  const values = smoothed(lines.map((line) => line[curve.field] as number));
  const show = (value: number) =>
    curve.format === '%' ? `${(100 * value).toFixed(1)} %` : Number(value.toPrecision(3));
  return `${curve.title}: from ${show(values[0]!)} at step ${lines[0]!.step} to ${show(values.at(-1)!)} at step ${lines.at(-1)!.step}.`;
}

/**
 * Draws every metric that the lines hold, in Node, without a browser.
 *
 * @param training - Lines of metrics.jsonl.
 * @param validation - Lines of validation.jsonl, drawn over the curves of the same name.
 */
export async function drawCurves(
  training: readonly MetricsLine[],
  validation: readonly MetricsLine[],
): Promise<DrawnCurve[]> {
  // Loaded here: a run needs them once, at its end.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const drawn: DrawnCurve[] = [];
  for (const curve of curves) {
    const lines = training.filter((line) => typeof line[curve.field] === 'number');
    if (lines.length < 2) continue;
    const view = new vega.View(vega.parse(compile(specOf(curve, lines, validation)).spec), {
      renderer: 'none',
    });
    const svg = await view.toSVG();
    view.finalize();
    drawn.push({ title: curve.title, summary: summaryOf(curve, lines), svg });
  }
  return drawn;
}
