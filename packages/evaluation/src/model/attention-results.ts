import type { DataSplit } from '@m3ae/datasets';
import type { AttentionChoice } from '../attention/attention-map.js';
import { type CaptionedScene, drawAttended } from '../attention/overlay/attended-picture.js';
import type { RgbPicture } from '../attention/overlay/heat-overlay.js';
import { type MapChoice, mapName } from '../attention/pointing/pointing-table.js';
import type { AttendedPicture, AttentionResults } from '../attention/pointing/pointing-evaluator.js';
import type { OpenedModel } from './opened-model.js';
import { type AttendModelOptions, attendOwn, attendSplit, type OwnPair } from './pairs.js';
import { type ScenesSplit, scoreScenes, type ScoreScenesOptions } from './scenes.js';

/**
 * Draws heat maps of scenes.
 *
 * @param at - Place of the map among those that the scenes hold.
 * @param addressOf - Keeps a picture, by a name such as `3-word-0`, and gives its address or file name.
 */
export async function drawScenes(
  scenes: readonly CaptionedScene[],
  { direction }: MapChoice,
  at: number,
  addressOf: (picture: RgbPicture, name: string) => Promise<string>,
): Promise<AttendedPicture[]> {
  const drawn: AttendedPicture[] = [];
  for (const [number, scene] of scenes.entries()) {
    const { picture, words, patch } = drawAttended(scene, at, direction);
    const files: { text: string; file: string }[] = [];
    for (const [word, { text, picture: map }] of words.entries())
      files.push({ text, file: await addressOf(map, `${number}-word-${word}`) });
    drawn.push({
      source: scene.source,
      caption: scene.caption,
      file: await addressOf(picture, `${number}`),
      words: files,
      patch: { file: await addressOf(patch.picture, `${number}-patch`), words: patch.words },
    });
  }
  return drawn;
}

/** Keeps a drawn picture, by a name such as `3-word-0`, and gives its address or file name. */
export interface KeptPictures {
  /** Writes or encodes the picture; the address is what a page shows it by. */
  readonly addressOf: (picture: RgbPicture, name: string) => Promise<string>;
}

/** Pictures whose words have no known places, so that nothing is scored. */
async function drawn(
  scenes: readonly CaptionedScene[],
  choice: AttentionChoice,
  { addressOf }: KeptPictures,
): Promise<AttentionResults> {
  const map: MapChoice = { choice, direction: 'wordToPatches' };
  const pictures = await drawScenes(scenes, map, 0, addressOf);
  const unscored = { validation: null, pointing: null, parts: {}, layers: [] };
  return { ...unscored, map: { ...map, name: mapName(map) }, pictures };
}

/**
 * Where the words of a person's caption look in the picture, drawn.
 *
 * @throws InvalidInput if the file is missing or no picture, the caption is empty, or the model sees no words.
 */
export async function attentionOfOwn(
  model: OpenedModel,
  own: OwnPair,
  choice: AttentionChoice,
  options: AttendModelOptions & KeptPictures,
): Promise<AttentionResults> {
  const { scene, notes } = await attendOwn(model, own, choice, options);
  return { ...(await drawn([scene], choice, options)), notes };
}

/**
 * Where words look in pictures with captions, evenly spread over the first split that has any, drawn.
 *
 * @param count - Pictures.
 * @throws InvalidInput if no picture has a caption, or the model sees no words.
 */
export async function attentionOfSplits(
  model: OpenedModel,
  splits: readonly DataSplit[],
  count: number,
  choice: AttentionChoice,
  options: AttendModelOptions & KeptPictures,
): Promise<AttentionResults> {
  return drawn(await attendSplit(model, splits, count, choice, options), choice, options);
}

/**
 * The score of a model's attention on scenes of things at known places, and some of them drawn.
 *
 * @throws InvalidInput if the model does not see words and pictures together.
 */
export async function attentionOfScenes(
  model: OpenedModel,
  splits: { readonly validation: ScenesSplit; readonly tests: readonly ScenesSplit[] },
  options: ScoreScenesOptions & KeptPictures,
): Promise<AttentionResults> {
  const { results, scenes, at } = await scoreScenes(model, splits, options);
  return { ...results, pictures: await drawScenes(scenes, results.map, at, options.addressOf) };
}
