import { drawSvg } from '@m3ae/report';
import sharp from 'sharp';
import { plotSpec } from './plot-spec.js';
import type { ResultTable, StudyResults } from './results-types.js';
import type { StudyTable } from './schema-tables.js';

/** A plot of a table. */
export interface DrawnPlot {
  readonly svg: string;
  /** On white, two pixels a point. */
  readonly png: Buffer;
}

async function draw(
  table: ResultTable,
  plot: NonNullable<StudyTable['plot']>,
): Promise<DrawnPlot | undefined> {
  const spec = plotSpec(table, plot);
  if (spec === undefined) return undefined;
  const svg = await drawSvg(spec);
  const png = await sharp(Buffer.from(svg), { density: 144 })
    .flatten({ background: '#fff' })
    .png()
    .toBuffer();
  return { svg, png };
}

/** Draws the plot of every table that has one and something to show, in Node, without a browser. */
export async function drawPlots(
  results: StudyResults,
  tables: readonly StudyTable[],
): Promise<ReadonlyMap<string, DrawnPlot>> {
  const drawn = new Map<string, DrawnPlot>();
  for (const { id, plot } of tables) {
    const table = results.tables.find((one) => one.id === id);
    const one = plot === undefined || table === undefined ? undefined : await draw(table, plot);
    if (one !== undefined) drawn.set(id, one);
  }
  return drawn;
}
