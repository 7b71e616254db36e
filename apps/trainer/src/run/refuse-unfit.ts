import { isInvalidInput, sentencesOf, unusable } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import { mixerFor } from './mixer.js';
import type { Part } from './parts.js';
import type { Sources } from './sources.js';
import { lengthOf } from './step-config.js';
import { streamsOf } from './streams.js';

function* tooFew({ train }: TrainerConfig, sources: Sources): Generator<string> {
  for (const part of [sources.train, sources.unpairedText]) {
    if (part !== null && part.indices.length < train.batchSize) {
      yield `train.batchSize must be at most ${part.indices.length}, the examples of ${part.dataset.name}; received ${train.batchSize}. Lower it, or add examples.`;
    }
  }
}

/** Labels that are no class, by how many examples have them. */
function* badLabels({ dataset, indices, name }: Part): Generator<string> {
  const { labels, classNames } = dataset;
  const classes = classNames?.length ?? 0;
  const bad = indices.filter((index) => !(labels![index]! >= 0 && labels![index]! < classes));
  if (bad.length === 0) return;
  yield `labels of ${dataset.name} (${name}) must be in [0, ${classes}); received ${labels![bad[0]!]!} for ${dataset.describe(bad[0]!)}${bad.length > 1 ? ` and ${bad.length - 1} more` : ''}. Give each picture one of the classes, or leave it out.`;
}

function* unfitLabels({ method, data }: TrainerConfig, { train, validation }: Sources): Generator<string> {
  if (method !== 'supervised') return;
  const { labels, classNames, name } = train.dataset;
  if (labels === undefined || classNames === undefined) {
    yield `data.source must have classes with method "supervised"; received ${data.source.kind} (${name}), which has none. Set data.source.labels, or use method "mae".`;
    return;
  }
  if (classNames.length < 2) {
    yield `data.source must have at least 2 classes with method "supervised"; received ${classNames.length}. Sort the pictures into more folders, or use method "mae".`;
    return;
  }
  yield* badLabels(train);
  if (validation?.dataset.labels) yield* badLabels(validation);
}

function* unfitCaptions(
  { method, data }: TrainerConfig,
  { train, unpairedText }: Sources,
  begun: boolean,
): Generator<string> {
  // An M3AE of pictures and of text alone is one; without any text it is an MAE with idle parameters.
  const textless = method === 'm3ae' && unpairedText === null && !begun;
  if ((method !== 'clip' && !textless) || train.dataset.kind === 'paired') return;
  yield `data.source must have captions with method "${method}"; received ${data.source.kind} (${train.dataset.name}), which has none. Set data.source.captions, or train on pictures alone with method: "mae".`;
}

/** The faults that a check throws. */
function thrown(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (isInvalidInput(error)) return sentencesOf(error);
    throw error;
  }
}

/**
 * Refuses data that a config cannot be trained on.
 *
 * @param begun - Whether a run goes on: earlier versions began ones of method "m3ae" without any text, which may end.
 * @throws InvalidInput with one sentence for each fault: too few examples, for the batch or for the mixture, no captions or classes
 * where the method needs them, a label that is no class, a warm-up longer than the run.
 */
export function refuseUnfit(config: TrainerConfig, sources: Sources, begun = false): void {
  const few = [...tooFew(config, sources)];
  const faults = [
    ...(few.length > 0 ? few : thrown(() => mixerFor(config, sources, streamsOf(config.seed)))),
    ...unfitLabels(config, sources),
    ...unfitCaptions(config, sources, begun),
    ...thrown(() => lengthOf(config, sources.train.indices.length)),
  ];
  if (faults.length > 0) throw unusable(faults);
}
