import { type DataSplit, type PictureSplits, placeSpecFaults } from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import type { SceneSplits } from '@m3ae/sample-datasets';
import { defaultDrawings } from '../config/schema-sources.js';
import type { TrainerConfig } from '../config/schema.js';
import { openingProgress, openWhole, samples } from './opening.js';
import { isDrawn, openPictures } from './pictures.js';

export { openOutlierSets, type OutlierSets } from './outlier-sets.js';

/** Everything that a run reads. */
export interface Sources extends PictureSplits {
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
    placeSpecFaults('data.unpairedText', spec, () => openWhole(spec, words, progress));
  return { ...pictures, unpairedText: text === null ? null : await open(text) };
}

/**
 * Opens scenes for the attention score, as the config describes them, or composed of its emoji; they need not have been trained on.
 *
 * @param length - Scenes of each part.
 * @throws InvalidInput if a data package is missing.
 */
export async function openSceneSplits(
  { data: { source, extra } }: TrainerConfig,
  progress: Progress,
  length = 1000,
): Promise<SceneSplits> {
  const { openSceneSplits: open, scenesOf } = await samples();
  const drawn = [source, ...extra].filter(isDrawn);
  const own = drawn.find(({ kind }) => kind === 'scenes') ?? drawn[0];
  const scenes = own ? scenesOf(own) : { kind: 'scenes' as const, ...defaultDrawings };
  return open(scenes, length, openingProgress(progress));
}
