import { type DataSplit, type SplitWords, wholeSplit } from '@m3ae/evaluation/model';
import type { EmojiSpec, SceneDataset, SceneSpec, Selection } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import { specsFor } from '../config/samples.js';
import type { SourceConfig } from '../config/schema-data.js';
import { defaultDrawings } from '../config/schema-sources.js';
import type { TrainerConfig } from '../config/schema.js';
import { openingProgress, openWhole, type PictureSources, samples } from './opening.js';

/** Where emoji are drawn from: alone, or several in a scene. */
export type DrawnSource = Extract<SourceConfig, { kind: 'emoji' | 'scenes' }>;

export const trainingWords: SplitWords = {
  name: 'train',
  title: 'training',
  note: 'What the model learns from.',
};

/** Whether a source is made of the built-in emoji. */
export const isDrawn = (source: { readonly kind: string }): source is DrawnSource =>
  source.kind === 'emoji' || source.kind === 'scenes';

/** Whether a run learns from the built-in emoji, alone or in scenes, perhaps beside other pictures. */
export function learnsFromEmoji({ data: { source, extra } }: Pick<TrainerConfig, 'data'>): boolean {
  return [source, ...extra].some(isDrawn);
}

/** The single emoji that belong to a source: its own, or those that its scenes are composed of. */
export function emojiOf(source: DrawnSource): EmojiSpec {
  return source.kind === 'emoji' ? source : specsFor(source.kind).emojiOfScenes(source);
}

/** The emoji that a model which learns from a source is measured on. */
export const emojiTests = (source: DrawnSource) => specsFor(source.kind).unseenEmoji(emojiOf(source)).tests;

/**
 * Opens what a model learns from and is measured on. A model that learns from scenes is still measured on single
 * emoji, of the same splits, so that its figures stand beside the others'.
 */
export async function emojiSources(source: DrawnSource, progress: Progress): Promise<PictureSources> {
  const emoji = emojiOf(source);
  const labeled = await openWhole({ ...emoji, split: 'train' }, trainingWords, progress);
  const unseen = specsFor(source.kind).unseenEmoji(emoji);
  const [validation, ...tests] = await Promise.all(
    [unseen.validation, ...unseen.tests].map(({ spec, ...words }) => openWhole(spec, words, progress)),
  );
  const train = source.kind === 'emoji' ? labeled : await openWhole(source, trainingWords, progress);
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

/** Scenes as the config describes them, or composed of its emoji. */
function sceneSpec({ data: { source, extra } }: TrainerConfig): SceneSpec {
  const scenes = [source, ...extra].find((one) => one.kind === 'scenes');
  if (scenes) return scenes;
  const emoji = [source, ...extra].find((one) => one.kind === 'emoji');
  if (!emoji) return { kind: 'scenes', ...defaultDrawings };
  const { cacheFolder, size, vendors, skinTones } = emoji;
  return { kind: 'scenes', cacheFolder, size, vendors, skinTones };
}

/**
 * Opens scenes for the attention score; they need not have been trained on.
 *
 * @param length - Scenes of each part.
 * @throws InvalidInput if a data package is missing.
 */
export async function openSceneSplits(
  config: TrainerConfig,
  progress: Progress,
  length = 1000,
): Promise<SceneSplits> {
  const { openScenes, unseenScenes } = await samples();
  const chosen = unseenScenes(sceneSpec(config), length);
  const open = async ({ spec, ...words }: Selection<SceneSpec>): Promise<ScenesSplit> =>
    wholeSplit(await openScenes(spec, openingProgress(progress)), words);
  return {
    validation: await open(chosen.validation),
    unseenDrawing: await open(chosen.unseenDrawing),
    unseenEmoji: await open(chosen.unseenEmoji),
  };
}
