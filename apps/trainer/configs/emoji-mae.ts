/**
 * MAE on the emoji data: pictures alone. Rate and mask are those that study-search found best for it.
 *
 * Run:    npx @m3ae/trainer pretrain emoji-mae
 * Takes:  2 min 29 s on one thread of 2 cores (Intel Xeon), another run beside it; commit 6641d8b
 * Gives:  linear probe .448 on unseen drawings, .356 on unseen emoji (three seeds, docs/results.md)
 */
import type { ConfigInput } from '@m3ae/trainer';

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
} satisfies ConfigInput;
