import { prefixFaults } from '@m3ae/errors';
import { createMixer, type Mixer, type MixerOptions } from '@m3ae/mixing';
import type { TrainerConfig } from '../config/schema.js';
import { readsText } from './loaders.js';
import type { Sources } from './sources.js';
import type { Streams } from './streams.js';

/**
 * The order of the examples that a config asks for.
 *
 * @throws InvalidInput if the data are too few for it.
 */
export function mixerFor(config: TrainerConfig, { train, unpairedText }: Sources, streams: Streams): Mixer {
  const { data, method } = config;
  const { kind: stored } = train.dataset;
  const kind = stored === 'paired' && !readsText(method) ? 'image' : stored;
  const weightOf = (name: 'pictures' | 'unpairedText') =>
    data.strategy === 'weighted' ? { weight: data.weights?.[name] ?? 1 } : {};
  const options: MixerOptions = {
    key: streams.order,
    batchSize: config.train.batchSize,
    sources: [
      { name: train.name, kind, length: train.indices.length, ...weightOf('pictures') },
      ...(unpairedText === null
        ? []
        : [
            {
              name: unpairedText.name,
              kind: 'text' as const,
              length: unpairedText.indices.length,
              ...weightOf('unpairedText'),
            },
          ]),
    ],
    strategy: data.strategy,
    pairedShare: data.pairedShare,
    pairedBy: data.pairedBy,
    dropText: data.dropText,
    shuffle: data.shuffle,
  };
  return prefixFaults('data', () => createMixer(options));
}
