/**
 * An M3AE ViT-L fine-tuned on ImageNet as the reference does it: 100 epochs of 1,024, layer-wise rates, mixup and CutMix.
 *
 * Differs from the reference: no RandAugment, as it is not offered; weight decay applies, and layers are counted by the true depth, where
 * its code has faults. The pictures lie as imagenet/train/n01440764/x.JPEG and imagenet/val/…; mean and deviation are ImageNet's.
 * Its linear probe (90 epochs of 2,048, LARS at 0.1): npx @m3ae/trainer probe runs/cc12m-m3ae-large --reference --features cls
 * --set data.source.kind=folder --set data.source.path=imagenet --set data.source.labels=subfolder
 *
 * Run:    npx @m3ae/trainer pretrain imagenet-finetune --set model.size=base --set initialize.run=runs/cc12m-m3ae-base
 * Takes:  125,100 steps with 1,281,167 pictures; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';

export default {
  name: 'imagenet-finetune',
  method: 'supervised',
  seed: 42,
  initialize: { run: 'runs/cc12m-m3ae-large' },
  data: { source: { kind: 'folder', path: 'imagenet', captions: 'none', labels: 'subfolder' }, workers: 4 },
  image: {
    size: 256,
    patchSize: 16,
    crop: { kind: 'randomResized', area: [0.08, 1], aspect: [3 / 4, 4 / 3] },
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  model: { size: 'large', dropPath: 0.1 },
  augment: { mixup: 0.8, cutmix: 1, switchProbability: 0.5, labelSmoothing: 0.1 },
  optimizer: {
    peakLearningRate: 1e-3, // as it is: the reference does not scale it by the batch
    learningRatePer: 'batch',
    warmup: { epochs: 5 },
    b2: 0.999,
    weightDecay: 0.05,
    layerDecay: 0.6,
  },
  train: { epochs: 100, batchSize: 1024, accumulate: 64 }, // 16 examples at once
  checkpoint: { everySteps: 1000 },
} satisfies ConfigInput;
