/**
 * MAE on the emoji data: emoji-tiny without its captions.
 *
 * Run:    m3ae pretrain configs/emoji-mae.ts
 * Takes:
 * Gives:
 */
export default {
  name: 'emoji-mae',
  method: 'mae',
  seed: 0,
  data: { source: { kind: 'emoji' }, workers: 1 },
  image: { size: 48, patchSize: 8, maskRatio: 0.75, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4, decoderDim: 128, decoderDepth: 1, decoderHeads: 4 },
  optimizer: { peakLearningRate: 1e-3, learningRatePer: 'batch', warmup: { share: 0.1 }, clipNorm: 1 },
  train: { steps: 1300, batchSize: 64 },
} as const;
