import type { EmojiSplit, SceneDataset, SceneSpec } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import { defaultDrawings } from '../config/schema-sources.js';
import type { TrainerConfig } from '../config/schema.js';
import { openingProgress, type PartWords, samples, whole } from './open-part.js';
import type { Part } from './parts.js';

/** Scenes, with what stands where. */
export interface ScenesPart extends Part {
  readonly dataset: SceneDataset;
}

/** Scenes that a model has not seen. */
export interface SceneParts {
  /** To choose layers and heads on: held-out drawings of training emoji. */
  readonly validation: ScenesPart;
  /** Other held-out drawings of training emoji: their names are known. */
  readonly unseenDrawing: ScenesPart;
  /** Emoji of which no drawing was trained on. */
  readonly unseenEmoji: ScenesPart;
}

/** Scenes as the config describes them, or composed of its emoji. */
function sceneSpec({ data: { source, extra } }: TrainerConfig): SceneSpec {
  const scenes = [source, ...extra].find((one) => one.kind === 'scenes');
  if (scenes) {
    const { length: _, ...rest } = scenes;
    return rest;
  }
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
export async function openSceneParts(
  config: TrainerConfig,
  progress: Progress,
  length = 1000,
): Promise<SceneParts> {
  const open = async (split: EmojiSplit, words: PartWords): Promise<ScenesPart> => {
    const { openScenes } = await samples();
    return whole(await openScenes({ ...sceneSpec(config), split, length }, openingProgress(progress)), words);
  };
  return {
    validation: await open('drawingValidation', {
      name: 'scenesValidation',
      title: 'scenes, validation',
      note: 'Several emoji in a picture, in drawings not trained on; for choosing.',
    }),
    unseenDrawing: await open('drawingTest', {
      name: 'scenesUnseenDrawing',
      title: 'scenes of unseen drawings',
      note: 'Several emoji in a picture, in drawings not trained on.',
    }),
    unseenEmoji: await open('test', {
      name: 'scenesUnseenEmoji',
      title: 'scenes of unseen emoji',
      note: 'Several emoji in a picture, of which no drawing was trained on.',
    }),
  };
}
