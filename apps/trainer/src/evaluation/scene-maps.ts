import {
  type AttendedPair,
  type AttentionChoice,
  attendPairs,
  type Box,
  placesOf,
  type WordPlaces,
} from '@m3ae/evaluation';
import { boxInView } from '@m3ae/datasets';
import type { M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { engineOf } from '../run/engine.js';
import type { ScenesPart } from '../run/sources.js';
import { type LoadedPairs, loadPairs } from './load-pairs.js';
import type { OpenedRun } from './open-run.js';

/** A thing that a caption names: where in the text, and where in the picture that the model sees. */
export interface NamedThing {
  readonly label: string;
  readonly places: WordPlaces;
  /** In pixels of the model's picture. */
  readonly box: Box;
}

/** Scenes with the attention between their words and patches. */
export interface SceneMaps {
  readonly part: ScenesPart;
  readonly pairs: LoadedPairs;
  /** Of each scene; names that the model's text cuts off are left out. */
  readonly things: readonly (readonly NamedThing[])[];
  readonly attended: readonly AttendedPair[];
}

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

/** Runs the encoder over the scenes of a part and keeps the wanted maps. */
export async function sceneMaps(
  run: OpenedRun,
  part: ScenesPart,
  choices: readonly AttentionChoice[],
): Promise<SceneMaps> {
  const things = await thingsOf(part, run);
  const pairs = await loadPairs(part, run);
  const attended = await attendPairs(
    engineOf(run.config),
    { config: run.model, params: run.params as M3aeParams<NdArray> },
    { ...pairs, words: things.map((list) => list.map(({ places }) => places)) },
    { choices, batchSize: run.config.evaluation.batchSize },
  );
  return { part, pairs, things, attended };
}
