/**
 * CLIP on the emoji data: the trunk of emoji-tiny beside a text tower of the same size. Rate and decay are those that
 * study-search found best for it.
 *
 * Run:    npx @m3ae/trainer pretrain emoji-clip
 * Takes:  6 min 01 s on one thread of 2 cores (Intel Xeon), another run beside it; commit 6641d8b
 * Gives:  linear probe .493 on unseen drawings, .408 on unseen emoji (three seeds, docs/results.md)
 */
import type { ConfigInput } from '@m3ae/trainer';

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
} satisfies ConfigInput;
