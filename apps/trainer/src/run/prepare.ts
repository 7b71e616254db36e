import { channelStatistics, cutCaptions, type DataSplit, logFrequencies } from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import { type RunRecord, type Streams, streamsOf, type Vocabulary, vocabularyOf } from '@m3ae/runs';
import { methodTraits, taskOf } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { lengthOf, optimizerOf, type RunLength, warmupCosine } from '@m3ae/optim';
import { prefixFaults } from '@m3ae/errors';
import type { GraphCache } from '@m3ae/compile';
import { type BatchPeers, createTrainStep, type Task, type TrainStep } from '@m3ae/training';
import { cacheOf, engineOf, precisionOf } from './engine.js';
import { refuseUnfit } from './checks.js';
import { fingerprintsOf, openSources, partsOf, type Sources } from './sources.js';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { trunkConfig } from '@m3ae/transformer';
import { type StepConfig, stepConfig } from './step-config.js';
import { versions } from './versions.js';

/** The statistics that a config gives, or those of its training pictures. */
async function channelStatisticsFor({ image }: TrainerConfig, train: DataSplit): Promise<ChannelStatistics> {
  if (image.mean !== 'data' && image.std !== 'data') return { mean: image.mean, std: image.std };
  const measured = await channelStatistics(train.dataset);
  return {
    mean: image.mean === 'data' ? measured.mean : image.mean,
    std: image.std === 'data' ? measured.std : image.std,
  };
}

/** A run, ready to begin: data opened, sizes known, step assembled. */
export interface Prepared {
  readonly config: TrainerConfig;
  readonly sources: Sources;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
  readonly streams: Streams;
  readonly length: RunLength;
  readonly stepConfig: StepConfig;
  readonly task: Task;
  readonly step: TrainStep<unknown>;
  /** Where its graphs are kept for later processes. */
  readonly cache?: GraphCache;
  /** What config.json says. */
  readonly record: RunRecord<TrainerConfig>;
}

/** How a run is prepared. */
export interface PrepareOptions {
  /** Whether it goes on, so that an earlier version may have begun it. Default false. */
  readonly begun?: boolean;
  /** The ranks that compute each batch with this one. */
  readonly peers?: BatchPeers;
  /** Whether graphs come from a cache, where they are there, and stay in it. Default true. */
  readonly cached?: boolean;
}

/** Opens the data and assembles the step. */
export async function prepare(
  config: TrainerConfig,
  progress: Progress,
  { begun = false, peers, cached = true }: PrepareOptions = {},
): Promise<Prepared> {
  const sources = await openSources(config, progress);
  refuseUnfit(config, sources, begun);
  const vocabulary = vocabularyOf(config.text.vocabulary, [sources.train, sources.unpairedText]);
  if (methodTraits(config.method).readsText) {
    const cut = { maxLength: config.text.maxLength, setting: 'text.maxLength' };
    cutCaptions(sources.train, vocabulary.tokenizer, cut).forEach((note) => progress.say(note));
  }
  const statistics = await channelStatisticsFor(config, sources.train);
  // Joined pictures have classes only where all of them have the same.
  const { classNames } = (sources.labeled ?? sources.train).dataset;
  const classes = sources.train.dataset.classNames?.length;
  const facts = {
    vocabSize: vocabulary.tokenizer.vocabSize,
    trainLength: sources.train.indices.length,
    ...(classes !== undefined && { classes }),
  };
  const fingerprints = fingerprintsOf(partsOf(sources));
  const settings = stepConfig(config, facts);
  const informed = methodTraits(config.method).rebuildsText && config.model.textHeadBias === 'logFrequency';
  const task = taskOf(config, settings.model, {
    tokenizer: vocabulary.tokenizer,
    ...(informed && {
      textHeadBias: logFrequencies(sources.train, vocabulary.tokenizer, config.text.maxLength),
    }),
  });
  const record = {
    config,
    data: { ...facts, fingerprints, ...statistics },
    model: trunkConfig(settings.model),
    ...(classNames !== undefined && { classNames }),
    precision: await precisionOf(config),
    versions: versions(),
  };
  const cache = cached ? cacheOf(record, settings.model) : undefined;
  return {
    config,
    sources,
    vocabulary,
    statistics,
    streams: streamsOf(config.seed),
    length: lengthOf(config, facts.trainLength),
    stepConfig: settings,
    task,
    step: prefixFaults('train', () =>
      createTrainStep({
        task,
        optimizer: optimizerOf(config, task, settings.model.depth),
        schedule: warmupCosine(settings.schedule),
        runner: engineOf(config, { resident: true, cache }),
        accumulate: config.train.accumulate,
        replicas: config.train.replicas,
        peers,
      }),
    ),
    ...(cache && { cache }),
    record,
  };
}
