import type { TopLevelSpec } from 'vega-lite';

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
