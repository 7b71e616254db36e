/**
 * MAE on the emoji data: pictures alone, with the rate and mask that studies/search found best for it.
 *
 * Run:    m3ae pretrain configs/emoji-mae.ts
 * Takes:  2 min 29 s on one thread of 2 cores (Intel Xeon), another run beside it; commit 6641d8b
 * Gives:  linear probe .448 on unseen drawings, .356 on unseen emoji (three seeds, docs/results.md)
 */
export default {
  name: 'emoji-mae',
  method: 'mae',
  seed: 0,
  data: { source: { kind: 'emoji', captionSeparator: ' ' }, workers: 1 },
  image: { size: 48, patchSize: 8, maskRatio: 0.5, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4, decoderDim: 128, decoderDepth: 1, decoderHeads: 4 },
  optimizer: { peakLearningRate: 2e-3, learningRatePer: 'batch', warmup: { share: 0.1 }, clipNorm: 1 },
  train: { steps: 1000, batchSize: 64 },
} as const;
