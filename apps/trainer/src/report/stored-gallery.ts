import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import type { Evaluation } from '../evaluation/envelope.js';
import { writeWhole } from '@m3ae/checkpoint/files';
import type { ResultsPlace } from '../evaluation/results-place.js';
import { inlinePng } from './inline.js';
import type { Gallery, GalleryItem } from './types.js';

const views = ['original', 'hidden', 'rebuilt'] as const;
const pngAddress = 'data:image/png;base64,';

/** Pictures of a gallery as files of the run folder, so that evaluations/reconstruct.json stays readable. */
export function storeGallery({ folder, prefix }: ResultsPlace, gallery: Gallery): Gallery {
  const parent = join(folder, 'reconstruct');
  rmSync(parent, { recursive: true, force: true });
  makeFolder(parent);
  const store = (item: GalleryItem, number: number): GalleryItem => {
    const files = views.flatMap((view) => {
      const address = item[view];
      if (address === null) return [];
      const name = `${number}-${view}.png`;
      writeWhole(join(parent, name), Buffer.from(address.slice(pngAddress.length), 'base64'));
      return [[view, `${prefix}reconstruct/${name}`] as const];
    });
    return { ...item, ...Object.fromEntries(files) };
  };
  return { ...gallery, items: gallery.items.map(store) };
}

/** The stored gallery with its pictures as data URIs; null where there is none. */
export function galleryFrom(folder: string, evaluation: Evaluation | undefined): Gallery | null {
  if (evaluation === undefined) return null;
  const gallery = evaluation.results as Gallery;
  const inline = (name: string | null) => name && inlinePng(folder, name);
  const items = gallery.items.map((item) => ({
    ...item,
    ...Object.fromEntries(views.map((view) => [view, inline(item[view])])),
  }));
  return { ...gallery, items };
}
