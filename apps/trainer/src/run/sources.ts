import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import { openPart } from './open-part.js';
import type { Part, PictureSources } from './parts.js';
import { openPictures } from './pictures.js';

export { openOutlierSets, type OutlierSets } from './outlier-sets.js';
export { openSceneParts, type SceneParts, type ScenesPart } from './emoji-sources.js';

/** Everything that a run reads. */
export interface Sources extends PictureSources {
  /** Further parts whose loss or probe says how far the features carry; not chosen on. */
  readonly unpairedText: Part | null;
}

/**
 * Opens every source that a config names.
 *
 * @throws InvalidInput if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openSources(config: TrainerConfig, progress: Progress): Promise<Sources> {
  const pictures = await openPictures(config, progress);
  const text = config.data.unpairedText;
  const words = { name: 'unpairedText', title: 'text alone', note: 'Sentences without pictures.' };
  return { ...pictures, unpairedText: text === null ? null : await openPart(text, words, progress) };
}
