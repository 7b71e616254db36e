/**
 * CLIP on the emoji data: the trunk and data of emoji-tiny, beside a text tower of the same size, with the rate and decay
 * that studies/search found best for it.
 *
 * Run:    m3ae pretrain configs/emoji-clip.ts
 * Takes:  6 min 01 s on one thread of 2 cores (Intel Xeon), another run beside it; commit 6641d8b
 * Gives:  linear probe .493 on unseen drawings, .408 on unseen emoji (three seeds, docs/results.md)
 */
export default {
  name: 'emoji-clip',
  method: 'clip',
  seed: 0,
  data: { source: { kind: 'emoji', captionSeparator: ' ' }, workers: 1 },
  image: { size: 48, patchSize: 8, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4 },
  optimizer: {
    peakLearningRate: 5e-4,
    learningRatePer: 'batch',
    warmup: { share: 0.1 },
    weightDecay: 0.05,
    clipNorm: 1,
  },
  train: { steps: 1000, batchSize: 64 },
} as const;
