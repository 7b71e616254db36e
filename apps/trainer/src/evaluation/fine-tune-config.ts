import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import type { OpenedRun } from './open-run.js';

/** What `m3ae finetune` may be told; `--set` changes the rest. */
export interface FineTuneSettings {
  readonly epochs: number;
  readonly learningRate: number;
  /** The rate of a block over that of the next. */
  readonly layerDecay: number;
  /** Settings of the fine-tuning run changed after these, `path=value` each. */
  readonly changes: readonly string[];
}

/**
 * The config of a fine-tuning run: a classifier on the run's encoder, its data and its sizes.
 *
 * The recipe is MAE's, AdamW with b2 0.999, layer-wise decay by the true depth, smoothed labels, drop path that rises
 * with depth, but without mixup and CutMix: in few passes over few pictures they keep a small model from learning.
 *
 * @throws InvalidInput if a change does not fit.
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, appendix A.1, https://arxiv.org/abs/2111.06377
 */
export function fineTuneConfig(
  { config, checkpoint, model: { image: prepared } }: OpenedRun,
  { epochs, learningRate, layerDecay, changes }: FineTuneSettings,
): TrainerConfig {
  const { name, seed, data, image, text, model, train, evaluation, report } = config;
  const { steps: _steps, ...kept } = train;
  const { textHeadBias: _textHeadBias, ...sizes } = model;
  const input = {
    name: `${name ?? 'run'}-finetuned`,
    method: 'supervised',
    initialize: { run: checkpoint },
    seed,
    data: { ...data, extra: [], unpairedText: null, strategy: 'pairedPlusText', pairedShare: 1, dropText: 0 },
    image: { ...image, mean: [...prepared.mean], std: [...prepared.std] },
    text,
    model: { ...sizes, dropPath: 0.1, dropPathSchedule: 'linear' },
    augment: { mixup: 0, cutmix: 0, switchProbability: 0.5, labelSmoothing: 0.1 },
    optimizer: {
      peakLearningRate: learningRate,
      learningRatePer: 'batch',
      warmup: { share: 0.1 },
      b2: 0.999,
      weightDecay: 0.05,
      clipNorm: 1,
      layerDecay,
    },
    train: { ...kept, accumulate: 1, epochs },
    log: { tensorboard: false },
    checkpoint: { everySteps: 1_000_000, keepLast: 1, keepBest: 0 },
    evaluation,
    report,
  };
  return resolveConfig(applyOverrides(input, changes));
}
