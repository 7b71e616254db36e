import { key } from '@m3ae/random';
import { initM3ae, initMae, resolveM3aeConfig } from '@m3ae/transformer';
import type { ModelWeights } from '../src/index.js';

/** Small enough for every test that writes and reads. */
export const config = resolveM3aeConfig({
  embedDim: 16,
  depth: 1,
  heads: 2,
  decoderDim: 8,
  decoderDepth: 1,
  decoderHeads: 2,
  patchSize: 4,
  vocabSize: 11,
});

export const image = { size: 16, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };

export const m3ae: ModelWeights = {
  kind: 'm3ae',
  config,
  params: initM3ae(key(0), config),
  source: 'a test',
  image,
  notes: [],
  step: 5,
};

export const mae: ModelWeights = {
  kind: 'mae',
  config,
  params: initMae(key(1), config),
  source: 'a test',
  image,
  notes: [],
};
