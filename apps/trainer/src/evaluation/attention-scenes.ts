import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { boxInView, encodePng } from '@m3ae/datasets';
import {
  type AttendedPair,
  attendedScenes,
  type AttendedPicture,
  type AttentionChoice,
  type AttentionResults,
  type CaptionedScene,
  drawAttended,
  type MapChoice,
  mapChoices,
  mapName,
  type NamedThing,
  placesOf,
  pointingEvaluator,
  type PointingResults,
  type RgbPicture,
  type SceneSplit,
} from '@m3ae/evaluation/attention';
import { foldIn, key } from '@m3ae/random';
import type { Progress } from '@m3ae/logging';
import type { ResultsPlace } from '@m3ae/runs';
import { openSceneParts, type ScenesPart } from '../run/sources.js';
import { layoutOf } from '../run/loaders.js';
import { attend, pairsOf } from './attention.js';
import type { OpenedRun } from './open-run.js';

/** What the captions of scenes name, in the picture that the model sees. */
async function thingsOf(part: ScenesPart, { config, vocabulary }: OpenedRun): Promise<NamedThing[][]> {
  const { dataset, indices } = part;
  const { width, height } = await dataset.image(indices[0]!);
  const encode = (text: string) => vocabulary.tokenizer.encode(text);
  return Array.from(indices, (index) =>
    dataset
      .scene(index)
      .parts.map(({ label, box, words }) => ({
        label,
        box: boxInView(box, { width, height }, config.image.size),
        places: placesOf(encode, dataset.caption(index), words, config.text.maxLength),
      }))
      .filter(({ places }) => places.length > 0),
  );
}

/** Scenes of one part as the evaluator takes them. */
async function splitOf(part: ScenesPart, run: OpenedRun): Promise<SceneSplit> {
  const { name, title } = part;
  return { name, title, pairs: await pairsOf(part, run), things: await thingsOf(part, run) };
}

/** What {@link measurePointing} found, and the first test scenes to be drawn. */
export interface Pointing {
  readonly results: PointingResults;
  readonly requests: readonly CaptionedScene[];
}

/**
 * Scores whether words look at what they name, on scenes of emoji at known places.
 *
 * @param scenes - Of each part.
 * @param pictures - Scenes to be drawn.
 * @param wanted - A map to take instead of the best.
 */
export async function measurePointing(
  run: OpenedRun,
  {
    scenes,
    pictures,
    wanted,
  }: { readonly scenes: number; readonly pictures: number; readonly wanted: AttentionChoice | undefined },
  progress: Progress,
): Promise<Pointing> {
  const { config, model } = run;
  const { size, patchSize } = config.image;
  const { validation, unseenDrawing, unseenEmoji } = await openSceneParts(config, progress, scenes);
  const [chosenOn, drawn, other] = [
    await splitOf(validation, run),
    await splitOf(unseenDrawing, run),
    await splitOf(unseenEmoji, run),
  ];
  const seen = new Map<SceneSplit['pairs']['patches'], AttendedPair[]>();
  const evaluator = pointingEvaluator({
    encoder: model,
    async attend(pairs, choices) {
      const attended = await attend(run, pairs, choices);
      seen.set(pairs.patches, attended);
      return attended;
    },
    wanted,
    onProgress: (done, total) => progress.part('Attention on scenes', done, total),
    grid: [size / patchSize, size / patchSize],
    width: size,
    height: size,
    key: foldIn(key(config.seed), 11),
  });
  const results = await evaluator.run({ validation: chosenOn, tests: [drawn, other] });
  const { dataset, indices } = unseenDrawing;
  const told = Array.from(indices.slice(0, pictures), (index, row) => ({
    source: dataset.describe(index),
    caption: dataset.caption(index),
    attended: seen.get(drawn.pairs.patches)![row]!,
    things: drawn.things[row]!,
  }));
  return { results, requests: attendedScenes(drawn.pairs, told, layoutOf(config, run.statistics)) };
}

/** What is kept of an evaluation, and where. */
interface Kept {
  /** Of the evaluation, and of the folder of its pictures; what it held goes. */
  readonly name: string;
  readonly place: ResultsPlace;
}

/**
 * Draws heat maps beside the record of an evaluation.
 *
 * @param at - Place of the map among those that were looked at.
 * @returns What was drawn; files are named from the folder `evaluations` of the run.
 */
async function writePictures(
  requests: readonly CaptionedScene[],
  { direction }: MapChoice,
  at: number,
  { name, place }: Kept,
): Promise<AttendedPicture[]> {
  const parent = join(place.folder, name);
  rmSync(parent, { recursive: true, force: true });
  makeFolder(parent);
  const write = async (file: string, picture: RgbPicture) => {
    writeWhole(join(parent, file), await encodePng({ ...picture, channels: 3 }));
    return `${place.prefix}${name}/${file}`;
  };
  const written: AttendedPicture[] = [];
  for (const [number, request] of requests.entries()) {
    const { picture, words, patch } = drawAttended(request, at, direction);
    const files: { text: string; file: string }[] = [];
    for (const [word, { text, picture: map }] of words.entries()) {
      files.push({ text, file: await write(`${number}-word-${word}.png`, map) });
    }
    written.push({
      source: request.source,
      caption: request.caption,
      file: await write(`${number}.png`, picture),
      words: files,
      patch: { file: await write(`${number}-patch.png`, patch.picture), words: patch.words },
    });
  }
  return written;
}

/** The score on scenes of emoji at known places, and some of them drawn. */
export async function scoreScenes(
  { run, progress, place }: { run: OpenedRun; progress: Progress; place: ResultsPlace },
  settings: Parameters<typeof measurePointing>[1],
): Promise<AttentionResults> {
  const { results, requests } = await measurePointing(run, settings, progress);
  const wanted = JSON.stringify(results.map.choice);
  const at = mapChoices(run.model).findIndex((one) => JSON.stringify(one) === wanted);
  return {
    ...results,
    pictures: await writePictures(requests, results.map, at, { name: 'attention', place }),
  };
}

/**
 * Draws pictures whose words have no known places, so that nothing is scored.
 *
 * @param wanted - The map; by default that of the last block.
 */
export async function drawUnscored(
  kept: Kept,
  wanted: AttentionChoice = 'last',
  requestsFor: (choice: AttentionChoice) => Promise<readonly CaptionedScene[]>,
): Promise<AttentionResults> {
  const map: MapChoice = { choice: wanted, direction: 'wordToPatches' };
  const pictures = await writePictures(await requestsFor(wanted), map, 0, kept);
  const unscored = { validation: null, pointing: null, parts: {}, layers: [] };
  return { ...unscored, map: { ...map, name: mapName(map) }, pictures };
}
