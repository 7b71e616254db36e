/**
 * CLIP on the emoji data: the trunk, data and budget of emoji-tiny, beside a text tower of the same size.
 *
 * Run:    m3ae pretrain configs/emoji-clip.ts
 * Takes:
 * Gives:
 */
export default {
  name: 'emoji-clip',
  method: 'clip',
  seed: 0,
  data: { source: { kind: 'emoji', captionSeparator: ' ' }, workers: 1 },
  image: { size: 48, patchSize: 8, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4 },
  // SLIP's CLIP has 5e-4 at 4,096 pairs, b2 .98 and decay .5; those are for 35 epochs of twelve million.
  optimizer: {
    peakLearningRate: 1e-3,
    learningRatePer: 'batch',
    warmup: { share: 0.1 },
    b2: 0.98,
    weightDecay: 0.2,
    clipNorm: 1,
  },
  train: { steps: 1300, batchSize: 64 },
} as const;
