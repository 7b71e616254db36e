import { resolveM3aeConfig, type M3aeConfig } from '@m3ae/transformer';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import type { TrainStepConfig } from '../step/index.js';

/** What only the data can tell. */
export interface DataFacts {
  /** Word pieces of the vocabulary in use. */
  readonly vocabSize: number;
  /** Training examples. */
  readonly trainLength: number;
}

/** How long a run is. */
export interface RunLength {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly warmupSteps: number;
}

/**
 * Steps of a run; an epoch drops the last incomplete batch, as the reference does.
 *
 * @throws InputError if the warm-up does not end within the run.
 */
export function runLength({ train, optimizer }: TrainerConfig, trainLength: number): RunLength {
  const stepsPerEpoch = Math.max(1, Math.floor(trainLength / train.batchSize));
  const totalSteps = train.steps ?? Math.max(1, Math.round(stepsPerEpoch * train.epochs!));
  const { warmup } = optimizer;
  const warmupSteps =
    'steps' in warmup
      ? warmup.steps
      : Math.floor('epochs' in warmup ? warmup.epochs * stepsPerEpoch : warmup.share * totalSteps);
  if (warmupSteps > 0 && warmupSteps >= totalSteps) {
    throw new InputError([
      `optimizer.warmup must end before the last of ${totalSteps} steps; received ${warmupSteps} steps of warm-up. Shorten it, or train longer.`,
    ]);
  }
  return { stepsPerEpoch, totalSteps, warmupSteps };
}

/** The model with every size filled in. */
export function modelConfig({ model, image }: TrainerConfig, vocabSize: number): M3aeConfig {
  const { textHeadBias: _textHeadBias, ...sizes } = model;
  const given = Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined));
  return resolveM3aeConfig({ ...given, patchSize: image.patchSize, vocabSize });
}

/** Translates a config into what the training step needs. */
export function stepConfig(config: TrainerConfig, { vocabSize, trainLength }: DataFacts): TrainStepConfig {
  const { optimizer, train } = config;
  const scale = optimizer.learningRatePer === 'batch' ? 1 : train.batchSize / 256;
  const { totalSteps, warmupSteps } = runLength(config, trainLength);
  return {
    method: config.method,
    model: modelConfig(config, vocabSize),
    loss: config.loss,
    optimizer: {
      peakLearningRate: optimizer.peakLearningRate * scale,
      initLearningRate: optimizer.initialLearningRate * scale,
      endLearningRate: optimizer.endLearningRate * scale,
      warmupSteps,
      totalSteps,
      b1: optimizer.b1,
      b2: optimizer.b2,
      eps: optimizer.epsilon,
      weightDecay: optimizer.weightDecay,
      clipNorm: optimizer.clipNorm ?? 1e9,
      decay: optimizer.decay,
      skipNonFinite: true,
    },
    accumulate: train.accumulate,
  };
}
