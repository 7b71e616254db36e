import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import { inSection, openWhole, type PictureSources } from './opening.js';
import type { DataSplit } from '@m3ae/evaluation/model';
import { openPictures } from './pictures.js';

export { openOutlierSets, type OutlierSets } from './outlier-sets.js';
export { openSceneSplits, type SceneSplits, type ScenesSplit } from './emoji-sources.js';

/** Everything that a run reads. */
export interface Sources extends PictureSources {
  /** Further splits whose loss or probe says how far the features carry; not chosen on. */
  readonly unpairedText: DataSplit | null;
}

/** All that there is of what a run reads. */
export const partsOf = ({
  train,
  validation,
  tests,
  unpairedText = null,
}: Pick<Sources, 'train' | 'validation' | 'tests'> & Partial<Sources>): DataSplit[] =>
  [train, validation, ...tests, unpairedText].filter((part) => part !== null);

/** What tells parts of data from others, by their names. */
export const fingerprintsOf = (parts: readonly DataSplit[]): Readonly<Record<string, string>> =>
  Object.fromEntries(parts.map(({ name, dataset }) => [name, dataset.fingerprint]));

/**
 * Opens every source that a config names.
 *
 * @throws InvalidInput if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openSources(config: TrainerConfig, progress: Progress): Promise<Sources> {
  const pictures = await openPictures(config, progress);
  const text = config.data.unpairedText;
  const words = { name: 'unpairedText', title: 'text alone', note: 'Sentences without pictures.' };
  const open = (spec: NonNullable<typeof text>) =>
    inSection('data.unpairedText', spec, () => openWhole(spec, words, progress));
  return { ...pictures, unpairedText: text === null ? null : await open(text) };
}
