import {
  type Dataset,
  type DataSplit,
  type OnProgress,
  type PictureSplits,
  trainingWords,
  wholeSplit,
} from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import { openEmoji } from './emoji/open-emoji.js';
import type { EmojiSpec } from './emoji/spec.js';
import { openIcons } from './icons.js';
import type { SampleSpec } from './sample-specs.js';
import { openScenes, type SceneDataset } from './scenes/open-scenes.js';
import type { SceneSpec } from './scenes/spec.js';
import { openWordnet } from './wordnet.js';
import { emojiOf, type Selection, unseenEmoji, unseenScenes } from './selections.js';

/**
 * Opens any of the built-in sets. With it this package is a data source like any other module:
 * `openDataset({ kind: 'module', module: '@m3ae/sample-datasets', options: { kind: 'wordnet' } })`.
 *
 * @param spec - `kind` says which.
 * @param onProgress - Told of each picture that is drawn for the first time.
 * @throws InvalidInput if an option is unknown or out of range, or a data package is missing.
 *
 * @example
 * ```ts
 * const sentences = await open({ kind: 'wordnet' });
 * ```
 */
export async function open(spec: SampleSpec, onProgress?: OnProgress): Promise<Dataset> {
  switch (spec.kind) {
    case 'emoji':
      return openEmoji(spec, onProgress);
    case 'scenes':
      return openScenes(spec, onProgress);
    case 'icons':
      return openIcons(spec, onProgress);
    case 'wordnet':
      return openWordnet(spec);
    default: {
      const { kind } = spec;
      throw invalidField('kind', '"emoji", "scenes", "icons" or "wordnet"', kind, 'Choose one of them.');
    }
  }
}

async function openSelection<Spec extends SampleSpec>(
  { spec, ...words }: Selection<Spec>,
  onProgress?: OnProgress,
): Promise<DataSplit> {
  return wholeSplit(await open(spec, onProgress), words);
}

/**
 * Opens emoji, alone or in scenes, as what a model learns from and is measured on. A model that learns from scenes is still measured on
 * single emoji, of the same splits, so that its figures stand beside the others'.
 *
 * @param source - Its own split counts for scenes alone; of single emoji the split `train` is learned from.
 * @param onProgress - Told of each picture that is drawn for the first time.
 * @throws InvalidInput if an option is unknown or out of range, or a data package is missing.
 *
 * @example
 * ```ts
 * const { train, validation, tests } = await openEmojiSplits({ kind: 'emoji', cacheFolder: 'cache' });
 * ```
 */
export async function openEmojiSplits(
  source: EmojiSpec | SceneSpec,
  onProgress?: OnProgress,
): Promise<PictureSplits> {
  const emoji = emojiOf(source);
  const labeled = await openSelection({ spec: { ...emoji, split: 'train' }, ...trainingWords }, onProgress);
  const unseen = unseenEmoji(emoji);
  const [validation, ...tests] = await Promise.all(
    [unseen.validation, ...unseen.tests].map((selection) => openSelection(selection, onProgress)),
  );
  const train =
    source.kind === 'emoji' ? labeled : await openSelection({ spec: source, ...trainingWords }, onProgress);
  return { train, labeled, validation: validation!, tests };
}

/** Scenes, with what stands where. */
export interface ScenesSplit extends DataSplit {
  readonly dataset: SceneDataset;
}

/** Scenes that a model has not seen. */
export interface SceneSplits {
  /** To choose layers and heads on: held-out drawings of training emoji. */
  readonly validation: ScenesSplit;
  /** Other held-out drawings of training emoji: their names are known. */
  readonly unseenDrawing: ScenesSplit;
  /** Emoji of which no drawing was trained on. */
  readonly unseenEmoji: ScenesSplit;
}

/**
 * Opens scenes for a score of attention; they need not have been trained on.
 *
 * @param scenes - Its own split and length do not count.
 * @param length - Scenes of each part. Default 1000.
 * @param onProgress - Told of each picture that is drawn for the first time.
 * @throws InvalidInput if an option is unknown or out of range, or a data package is missing.
 */
export async function openSceneSplits(
  scenes: SceneSpec,
  length = 1000,
  onProgress?: OnProgress,
): Promise<SceneSplits> {
  const chosen = unseenScenes(scenes, length);
  const open = async ({ spec, ...words }: Selection<SceneSpec>): Promise<ScenesSplit> =>
    wholeSplit(await openScenes(spec, onProgress), words);
  return {
    validation: await open(chosen.validation),
    unseenDrawing: await open(chosen.unseenDrawing),
    unseenEmoji: await open(chosen.unseenEmoji),
  };
}
