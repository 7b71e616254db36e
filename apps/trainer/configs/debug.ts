/**
 * The smallest M3AE that uses every part, to check an installation; not for results.
 *
 * Run:    npx @m3ae/trainer pretrain debug
 * Takes:
 * Gives:
 */
import type { ConfigInput } from '@m3ae/trainer';

export default {
  name: 'debug',
  seed: 0,
  data: { source: { kind: 'emoji' }, workers: 1 },
  image: { size: 32, patchSize: 8, maskRatio: 0.75 },
  text: { maxLength: 12, maskRatio: 0.75, vocabulary: 'trimmed' },
  model: { embedDim: 32, depth: 2, heads: 2, decoderDim: 32, decoderDepth: 1, decoderHeads: 2 },
  optimizer: { peakLearningRate: 1e-3, learningRatePer: 'batch', warmup: { steps: 2 } },
  train: { steps: 20, batchSize: 16 },
  log: { everySteps: 1 },
  checkpoint: { everySteps: 10 },
} satisfies ConfigInput;
