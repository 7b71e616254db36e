import { shardsOfSubset } from '@m3ae/datasets';
import { prefixFaults } from '@m3ae/errors';
import { createMixer, type Mixer, type MixerOptions, type SourceKind } from '@m3ae/mixing';
import { key } from '@m3ae/random';
import { mixedBatches } from '@m3ae/training';
import { readsText } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { trainingLoader } from './loaders.js';
import type { DataSplit } from '@m3ae/datasets';
import type { Prepared } from './prepare.js';
import type { Sources } from './sources.js';
import type { Streams } from './streams.js';

/** Most lanes that archives are read in: each holds some megabytes, also where one process takes all. */
const mostLanes = 8;

/** Lanes for micro-batches, so that a rank, which computes some of them, reads only the archives of its own. */
function lanesOf(microBatches: number): number {
  let lanes = Math.min(mostLanes, microBatches);
  while (microBatches % lanes !== 0) lanes--;
  return lanes;
}

/**
 * The order of the examples that a config asks for.
 *
 * @throws InvalidInput if the data are too few for it.
 */
export function mixerFor(config: TrainerConfig, { train, unpairedText }: Sources, streams: Streams): Mixer {
  const { data, method } = config;
  const lanes = lanesOf(config.train.accumulate);
  const { kind: stored } = train.dataset;
  const kind = stored === 'paired' && !readsText(method) ? 'image' : stored;
  const sourceOf = (part: DataSplit, holds: SourceKind, weight: keyof NonNullable<typeof data.weights>) => {
    const shards = shardsOfSubset(part.dataset.shards, part.indices);
    return {
      name: part.name,
      kind: holds,
      length: part.indices.length,
      ...(shards && { shards: { ...shards, lanes } }),
      ...(data.strategy === 'weighted' && { weight: data.weights?.[weight] ?? 1 }),
    };
  };
  const sources = [
    sourceOf(train, kind, 'pictures'),
    ...(unpairedText === null ? [] : [sourceOf(unpairedText, 'text', 'unpairedText')]),
  ];
  const { strategy, pairedShare, pairedBy, dropText, shuffle } = data;
  const options: MixerOptions = {
    key: streams.order,
    batchSize: config.train.batchSize,
    sources,
    strategy,
    pairedShare,
    pairedBy,
    dropText,
    shuffle,
  };
  return prefixFaults('data', () => createMixer(options));
}

/** What feeds the training of this process. */
export function batchesOf(prepared: Prepared) {
  const { config, sources, streams, task } = prepared;
  const parts = [sources.train, sources.unpairedText].filter((part) => part !== null);
  const loaders = Object.fromEntries(
    parts.map((part) => [part.name, trainingLoader(part, streams.augmentation, prepared)]),
  );
  const batches = mixedBatches({
    mixer: mixerFor(config, sources, streams),
    loaders,
    indices: Object.fromEntries(parts.map(({ name, indices }) => [name, indices])),
    collate: (examples, draw) => task.collate(examples, draw),
    key: key(config.seed),
    prefetch: config.data.queueSize,
  });
  return { batches, loaders: Object.values(loaders) };
}
