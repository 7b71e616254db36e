import { type Box, boxInView, type Dataset, type DataSplit } from '@m3ae/datasets';
import type { RngKey } from '@m3ae/random';
import type { AttendedPair } from '../attention/attend-pairs.js';
import type { AttentionChoice } from '../attention/attention-map.js';
import type { CaptionedScene } from '../attention/overlay/attended-picture.js';
import { attendedScenes, attendModel, type AttendModelOptions } from './pairs.js';
import { mapChoices } from '../attention/pointing/pointing-table.js';
import {
  type NamedThing,
  pointingEvaluator,
  type PointingResults,
  type SceneSplit,
} from '../attention/pointing/pointing-evaluator.js';
import { placesOf } from '../attention/words.js';
import { type EvaluationLog, readPairs } from './read-split.js';
import { type OpenedModel, requireText } from './opened-model.js';

/** Pictures of things at known places, each named in its caption; those of `openScenes` of `@m3ae/sample-datasets` fit. */
export interface ScenesOfThings extends Dataset {
  /** What is where in a picture. */
  scene(index: number): {
    readonly parts: readonly {
      readonly label: string;
      /** In pixels of the picture. */
      readonly box: Box;
      /** First character of its name in the caption, and the one after the last. */
      readonly words: readonly [start: number, end: number];
    }[];
  };
}

/** Scenes of a dataset. */
export interface ScenesSplit extends DataSplit {
  readonly dataset: ScenesOfThings;
}

/** What the captions of scenes name, in the picture that the model sees. */
async function thingsOf({ dataset, indices }: ScenesSplit, model: OpenedModel): Promise<NamedThing[][]> {
  const { width, height } = await dataset.image(indices[0]!);
  const { words: tokenizer, maxLength } = requireText(model, 'attention');
  return Array.from(indices, (index) =>
    dataset
      .scene(index)
      .parts.map(({ label, box, words }) => ({
        label,
        box: boxInView(box, { width, height }, model.image.size),
        places: placesOf((text) => tokenizer.encode(text), dataset.caption(index), words, maxLength),
      }))
      .filter(({ places }) => places.length > 0),
  );
}

/** Options of {@link scoreScenes}. */
export interface ScoreScenesOptions extends AttendModelOptions {
  /** Scenes of the first test split that are given back, to be drawn. */
  readonly pictures: number;
  /** Of the bootstrap. */
  readonly key: RngKey;
  /** A map to take instead of the best. */
  readonly wanted?: AttentionChoice;
  readonly log?: Pick<EvaluationLog, 'part'>;
  /** Gives the attention instead of the model; scenes of the splits come one after the other. */
  readonly attend?: (
    ...given: Parameters<Parameters<typeof pointingEvaluator>[0]['attend']>
  ) => Promise<AttendedPair[]>;
}

/** What {@link scoreScenes} found, and some scenes to be drawn. */
export interface ScoredScenes {
  readonly results: PointingResults;
  readonly scenes: readonly CaptionedScene[];
  /** Place of the chosen map among those that the scenes hold. */
  readonly at: number;
}

/**
 * Scores whether words look at what they name: the map is chosen on validation scenes, and measured on others.
 *
 * @throws InvalidInput if the model does not see words and pictures together.
 */
export async function scoreScenes(
  model: OpenedModel,
  { validation, tests }: { readonly validation: ScenesSplit; readonly tests: readonly ScenesSplit[] },
  options: ScoreScenesOptions,
): Promise<ScoredScenes> {
  const { size, patchSize } = model.image;
  const { pictures, wanted, key, log } = options;
  const splitOf = async (split: ScenesSplit): Promise<SceneSplit> => ({
    name: split.name,
    title: split.title,
    pairs: await readPairs(model, split, options),
    things: await thingsOf(split, model),
  });
  const chosenOn = await splitOf(validation);
  const measured: SceneSplit[] = [];
  for (const split of tests) measured.push(await splitOf(split));
  const seen = new Map<SceneSplit['pairs']['patches'], AttendedPair[]>();
  const { attend = (pairs, choices) => attendModel(model, pairs, choices, options) } = options;
  const evaluator = pointingEvaluator({
    encoder: model.config,
    async attend(pairs, choices) {
      const attended = await attend(pairs, choices);
      seen.set(pairs.patches, attended);
      return attended;
    },
    wanted,
    onProgress: (done, total) => log?.part('Attention on scenes', done, total),
    grid: [size / patchSize, size / patchSize],
    width: size,
    height: size,
    key,
  });
  const results = await evaluator.run({ validation: chosenOn, tests: measured });
  const [{ dataset, indices }, drawn] = [tests[0]!, measured[0]!];
  const told = Array.from(indices.slice(0, pictures), (index, row) => ({
    source: dataset.describe(index),
    caption: dataset.caption(index),
    attended: seen.get(drawn.pairs.patches)![row]!,
    things: drawn.things[row]!,
  }));
  const chosen = JSON.stringify(results.map.choice);
  return {
    results,
    scenes: attendedScenes(drawn.pairs, told, model.image),
    at: mapChoices(model.config).findIndex((one) => JSON.stringify(one) === chosen),
  };
}
