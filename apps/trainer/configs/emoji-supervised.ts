/**
 * A classifier of emoji subgroups: the trunk, data and budget of emoji-tiny, trained on labels.
 *
 * Run:    m3ae pretrain configs/emoji-supervised.ts
 * Takes:
 * Gives:
 */
export default {
  name: 'emoji-supervised',
  method: 'supervised',
  seed: 0,
  data: { source: { kind: 'emoji' }, workers: 1 },
  image: { size: 48, patchSize: 8, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4, pooling: 'cls', dropPath: 0.1, dropPathSchedule: 'linear' },
  augment: { mixup: 0.8, cutmix: 1, switchProbability: 0.5, labelSmoothing: 0.1 },
  optimizer: {
    peakLearningRate: 1e-3,
    learningRatePer: 'batch',
    warmup: { share: 0.1 },
    b2: 0.999,
    weightDecay: 0.05,
    clipNorm: 1,
  },
  train: { steps: 1300, batchSize: 64 },
} as const;
