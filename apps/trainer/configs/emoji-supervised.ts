/**
 * A classifier of emoji subgroups: the trunk and data of emoji-tiny, trained on labels. The settings are those that
 * study-search found best. Mixup .8 with CutMix 1, smoothing .1 and drop path .1 were tried and lost at this length:
 * add augment: { mixup: 0.8, cutmix: 1, labelSmoothing: 0.1 } and model: { dropPath: 0.1 } for a longer one.
 *
 * Run:    npx @m3ae/trainer pretrain emoji-supervised
 * Takes:  4 min 24 s on one thread of 2 cores (Intel Xeon), another run beside it; commit 6641d8b
 * Gives:  linear probe .480 on unseen drawings, .403 on unseen emoji (three seeds, docs/results.md)
 */
import type { ConfigInput } from '@m3ae/trainer';

export default {
  name: 'emoji-supervised',
  method: 'supervised',
  seed: 0,
  data: { source: { kind: 'emoji', captionSeparator: ' ' }, workers: 1 },
  image: { size: 48, patchSize: 8, crop: { kind: 'square', min: 40, max: 64 } },
  text: { maxLength: 20, vocabulary: 'trimmed' },
  model: { embedDim: 128, depth: 4, heads: 4 },
  optimizer: { peakLearningRate: 1e-3, learningRatePer: 'batch', warmup: { share: 0.1 }, clipNorm: 1 },
  train: { steps: 1000, batchSize: 64 },
} satisfies ConfigInput;
