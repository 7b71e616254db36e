import type { NdArray, Tree } from '@m3ae/tree';
import type { M3aeConfig } from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';
import { createGallery } from '../report/gallery.js';
import { storeGallery } from '../report/stored-gallery.js';
import type { Gallery, GalleryInput } from '../report/types.js';
import { engineOf } from '../run/engine.js';
import { evaluationLoader } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import type { ChannelStatistics } from '../run/statistics.js';
import { streamsOf } from '../run/streams.js';
import type { Vocabulary } from '../run/vocabulary.js';
import type { ResultsPlace } from './results-place.js';

/** What is needed of a run to rebuild examples. */
export interface Rebuilder {
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

/** What a method may be shown: pairs, and each half alone. */
export function inputsOf({ method }: Pick<TrainerConfig, 'method'>): readonly GalleryInput[] {
  return method === 'm3ae' ? ['paired', 'image', 'text'] : ['image'];
}

/**
 * Hides most of some unseen examples, lets the model rebuild them, and keeps their pictures.
 *
 * @returns Pictures as file names from the folder `evaluations`; null for a method that rebuilds nothing.
 */
export async function rebuildExamples(
  run: Rebuilder,
  sources: Pick<Sources, 'train' | 'validation' | 'tests'>,
  place: ResultsPlace,
  inputs?: readonly GalleryInput[],
): Promise<Gallery | null> {
  const { config } = run;
  const streams = streamsOf(config.seed);
  const { tests, validation, train } = sources;
  const parts: readonly Part[] = tests.length > 0 ? tests : [validation ?? train];
  const opened = parts.map((part) => ({ part, loader: evaluationLoader(part, streams.gallery, run) }));
  try {
    const engine = engineOf(config);
    const gallery = await createGallery({
      ...run,
      streams,
      engine,
      sources: opened,
      ...(inputs && { inputs }),
    });
    return gallery && storeGallery(place, gallery);
  } finally {
    await Promise.all(opened.map(({ loader }) => loader.close()));
  }
}
