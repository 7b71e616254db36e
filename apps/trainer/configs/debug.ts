/**
 * Smallest M3AE that exercises every part; for checking an installation, not for results.
 *
 * Run:    m3ae pretrain configs/debug.ts
 * Takes:
 * Gives:
 */
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
} as const;
