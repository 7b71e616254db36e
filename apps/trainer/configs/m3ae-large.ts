/**
 * M3AE ViT-L as the paper trains it, on your own folder of pictures with captions.
 *
 * Its 4,096 examples go through 16 at a time, which takes the memory of 16.
 *
 * Run:    npx @m3ae/trainer pretrain m3ae-large --set data.source.path=./pictures
 * Takes:  118 min of processor time, 67 min by the clock, for two steps of 4,096 with --set train.precision=bf16 --set
 *         train.threads=2, on 64 made-up pictures 75 times over, 2 cores of an AMD EPYC shared with other work; commit 3e1a802.
 *         9.2 GB at the peak, measured with two steps of 2 times 16, as it does not depend on their number; --dry-run estimates 9.1 GB
 * Gives:  not known: it has not been trained to an end
 */
import type { ConfigInput } from '@m3ae/trainer';

export default {
  name: 'm3ae-large',
  seed: 42,
  data: { source: { kind: 'folder', path: './pictures' }, workers: 4 },
  image: {
    size: 256,
    patchSize: 16,
    maskRatio: 0.75,
    crop: { kind: 'randomResized', area: [0.2, 1], aspect: [3 / 4, 4 / 3] },
    mean: [0.5762, 0.5503, 0.5213], // of CC12M, as in the reference
    std: [0.3207, 0.3169, 0.3307],
  },
  text: { maxLength: 64, maskRatio: 0.75, vocabulary: 'bert' },
  model: { size: 'large' },
  loss: { imageWeight: 1, textWeight: 0.5 }, // 0.5: the reference's command; its code's default is 0.1
  optimizer: { peakLearningRate: 1.5e-4, warmup: { epochs: 5 }, weightDecay: 0.05 }, // rate per 256 examples
  train: { epochs: 100, batchSize: 4096, accumulate: 256 }, // 16 examples at once
  log: { everySteps: 1 },
  checkpoint: { everySteps: 20 },
} satisfies ConfigInput;
