import { collectFaults, prefixFaults, throwFaults } from '@m3ae/errors';
import type { Mixer } from '@m3ae/mixing';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import {
  mixSplits,
  splitBatches,
  type SplitReading,
  type Streams,
  streamsOf,
  type Vocabulary,
} from '@m3ae/runs';
import { methodTraits, unfitData } from '@m3ae/tasks';
import { imageTokenizerOf } from '@m3ae/tasks/onnx';
import { lengthOf } from '@m3ae/optim';
import type { TrainerConfig } from '../config/schema.js';
import type { Prepared } from './prepare.js';
import type { Sources } from './sources.js';

/** What rules how the splits of a run are read. */
interface ReadSettings {
  readonly config: TrainerConfig;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

/** How the splits of a run are read. */
export function readingOf({ config, vocabulary, statistics }: ReadSettings): SplitReading {
  const { size, patchSize, crop, flip } = config.image;
  const { workers, queueSize, maxBadShare } = config.data;
  return {
    image: { size, patchSize, crop, flip, ...statistics },
    ...(methodTraits(config.method).readsText && {
      text: { maxLength: config.text.maxLength, tokenizer: vocabulary.mapping ?? 'bert' },
    }),
    workers,
    queueSize,
    maxBadShare,
    codes: () => imageTokenizerOf(config, statistics),
  };
}

/** The order of the examples that a config asks for. */
export function mixerFor({ data, method, train }: TrainerConfig, sources: Sources, streams: Streams): Mixer {
  const { strategy, pairedShare, pairedBy, dropText, shuffle, weights } = data;
  return prefixFaults('data', () =>
    mixSplits(sources, {
      key: streams.order,
      batchSize: train.batchSize,
      microBatches: train.accumulate,
      readsText: methodTraits(method).readsText,
      strategy,
      weights,
      pairedShare,
      pairedBy,
      dropText,
      shuffle,
    }),
  );
}

/** What feeds the training of this process. */
export function batchesOf(prepared: Prepared) {
  const { config, sources, streams, task } = prepared;
  return splitBatches(sources, {
    mixer: mixerFor(config, sources, streams),
    reading: readingOf(prepared),
    augmentation: streams.augmentation,
    collate: (examples, draw) => task.collate(examples, draw),
    key: key(config.seed),
    prefetch: config.data.queueSize,
  });
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
  const unfit = unfitData(config, sources, begun);
  check.include(() => throwFaults(unfit));
  // A mixer says again that there are too few.
  if (unfit.every(({ path }) => path !== 'train.batchSize'))
    check.include(() => mixerFor(config, sources, streamsOf(config.seed)));
  check.include(() => lengthOf(config, sources.train.indices.length));
  check.throwIfAny();
}
