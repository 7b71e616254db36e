import { prefixFaults } from '@m3ae/errors';
import type { Mixer } from '@m3ae/mixing';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { mixSplits, splitBatches, type SplitReading, type Streams, type Vocabulary } from '@m3ae/runs';
import { methodTraits } from '@m3ae/tasks';
import { imageTokenizerOf } from '@m3ae/tasks/onnx';
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
