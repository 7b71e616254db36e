import type { TopLevelSpec } from 'vega-lite';

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
