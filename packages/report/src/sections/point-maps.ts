import { pluralize } from '@m3ae/errors';
import type { MapResults } from '@m3ae/evaluation/embedding';
import { escapeHtml } from '../escape.js';
import { drawPointMaps } from '../point-maps.js';

/** E.g. `3 classes` or `the 120 most frequent of 150 classes`. */
export function mapClasses({ classNames, classes = classNames.length }: MapResults): string {
  if (classes > classNames.length) return `the ${classNames.length} most frequent of ${classes} classes`;
  return pluralize(classes, 'class');
}

/** The section with pictures as points in the plane. */
export async function mapsSection(results: MapResults): Promise<string> {
  const { models, method, part, features } = results;
  const titles = models.map(({ title }) => title).join(' and ');
  const name = method === 'tsne' ? 't-SNE' : 'UMAP';
  const about = `${pluralize(models[0]!.points.length, 'picture')} of ${part} as points by ${name}, marked and colored by class (${mapClasses(results)}): ${titles}.`;
  return `<section aria-labelledby="maps"><h2 id="maps">Pictures as points</h2>
<p>${escapeHtml(about)} What the encoder (${escapeHtml(features)}) finds alike lies close together; the axes have no unit, and large distances mean little.</p>
<div class="map" role="img" aria-label="${escapeHtml(about)}">${await drawPointMaps(results)}</div></section>`;
}
