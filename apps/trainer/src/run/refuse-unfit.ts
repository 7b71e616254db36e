import { collectFaults, type Fault, faultOf, throwFaults } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import { mixerFor } from './mixer.js';
import type { DataSplit } from '@m3ae/datasets';
import type { Sources } from './sources.js';
import { lengthOf } from './step-config.js';
import { streamsOf } from './streams.js';

function tooFew({ train }: TrainerConfig, { train: pictures, unpairedText }: Sources): Fault[] {
  const small = [pictures, unpairedText].filter((part) => part && part.indices.length < train.batchSize);
  return small.map((part) => {
    const rule = `at most ${part!.indices.length}, the examples of ${part!.dataset.name}`;
    return faultOf('train.batchSize', rule, train.batchSize, 'Lower it, or add examples.');
  });
}

/** Labels that are no class, by how many examples have them. */
function badLabels({ dataset, indices, name }: DataSplit): Fault[] {
  const { labels, classNames } = dataset;
  const classes = classNames?.length ?? 0;
  const bad = indices.filter((index) => !(labels![index]! >= 0 && labels![index]! < classes));
  if (bad.length === 0) return [];
  const more = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
  const received = `${labels![bad[0]!]!} for ${dataset.describe(bad[0]!)}${more}`;
  const remedy = 'Give each picture one of the classes, or leave it out.';
  return [faultOf(`labels of ${dataset.name} (${name})`, `in [0, ${classes})`, received, remedy)];
}

function unfitLabels({ method, data }: TrainerConfig, { train, validation }: Sources): Fault[] {
  if (method !== 'supervised') return [];
  const { labels, classNames, name } = train.dataset;
  if (labels === undefined || classNames === undefined) {
    const received = `${data.source.kind} (${name}), which has none`;
    const remedy = 'Set data.source.labels, or use method "mae".';
    return [faultOf('data.source', `a source with classes for method "${method}"`, received, remedy)];
  }
  if (classNames.length < 2) {
    const rule = `a source with at least 2 classes for method "${method}"`;
    const remedy = 'Sort the pictures into more folders, or use method "mae".';
    return [faultOf('data.source', rule, classNames.length, remedy)];
  }
  return [...badLabels(train), ...(validation?.dataset.labels ? badLabels(validation) : [])];
}

function unfitCaptions(
  { method, data }: TrainerConfig,
  { train, unpairedText }: Sources,
  begun: boolean,
): Fault[] {
  // An M3AE of pictures and of text alone is one; without any text it is an MAE with idle parameters.
  const textless = method === 'm3ae' && unpairedText === null && !begun;
  if ((method !== 'clip' && !textless) || train.dataset.kind === 'paired') return [];
  const received = `${data.source.kind} (${train.dataset.name}), which has none`;
  const remedy = 'Set data.source.captions, or train on pictures alone with method: "mae".';
  return [faultOf('data.source', `a source with captions for method "${method}"`, received, remedy)];
}

/**
 * Refuses data that a config cannot be trained on.
 *
 * @param begun - Whether a run goes on: earlier versions began ones of method "m3ae" without any text, which may end.
 * @throws InvalidInput with every fault: too few examples, for the batch or for the mixture, no captions or classes where the
 * method needs them, a label that is no class, a warm-up longer than the run.
 */
export function refuseUnfit(config: TrainerConfig, sources: Sources, begun = false): void {
  const check = collectFaults();
  const few = tooFew(config, sources);
  const unfit = [...few, ...unfitLabels(config, sources), ...unfitCaptions(config, sources, begun)];
  check.include(() => throwFaults(unfit));
  if (few.length === 0) check.include(() => mixerFor(config, sources, streamsOf(config.seed)));
  check.include(() => lengthOf(config, sources.train.indices.length));
  check.throwIfAny();
}
