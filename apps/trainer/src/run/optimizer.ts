import {
  adamW,
  chain,
  clipByGlobalNorm,
  lars,
  layerDecay,
  scaleByPath,
  scaledLearningRate,
  sgd,
  skipNonFinite,
  type Transform,
  warmupCosine,
} from '@m3ae/optim';
import type { Task } from '@m3ae/training';
import type { TrainerConfig } from '../config/schema.js';
import type { RunLength } from './step-config.js';

/** Clip, then the optimizer, then each layer's share of the rate; one transform that keeps its state when a gradient is not finite. */
export function optimizerOf(
  { optimizer }: Pick<TrainerConfig, 'optimizer'>,
  task: Pick<Task, 'decays'>,
  depth: number,
): Transform {
  const { b1, b2, epsilon, momentum, weightDecay, clipNorm, layers } = optimizer;
  const decay = (path: string) => task.decays(path);
  const kinds = {
    adamW: () => adamW({ b1, b2, epsilon, weightDecay, decay }),
    sgd: () => sgd({ momentum, weightDecay, decay }),
    lars: () => lars({ momentum, weightDecay, decay }),
  } as const;
  const steps = chain(
    clipByGlobalNorm(clipNorm ?? 1e9), // the reference's value for "off"
    kinds[optimizer.kind](),
    ...(optimizer.layerDecay < 1
      ? [scaleByPath(layerDecay({ decay: optimizer.layerDecay, depth, layers }))]
      : []),
  );
  return skipNonFinite(steps);
}

/** Rates and lengths of the schedule of a run. */
export function scheduleOptions(
  config: Pick<TrainerConfig, 'optimizer' | 'train'>,
  { warmupSteps, totalSteps }: RunLength,
): Required<Parameters<typeof warmupCosine>[0]> {
  const { learningRatePer, peakLearningRate, initialLearningRate, endLearningRate } = config.optimizer;
  const { batchSize } = config.train;
  const scaled = (base: number) =>
    learningRatePer === 'batch' ? base : scaledLearningRate({ base, batchSize });
  return {
    peak: scaled(peakLearningRate),
    init: scaled(initialLearningRate),
    end: scaled(endLearningRate),
    warmupSteps,
    totalSteps: config.optimizer.scheduleSteps ?? totalSteps,
  };
}
