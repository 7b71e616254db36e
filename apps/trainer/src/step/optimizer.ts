import {
  adamW,
  chain,
  clipByGlobalNorm,
  layerDecay,
  scaleByPath,
  skipNonFinite,
  warmupCosine,
  type Transform,
} from '@m3ae/optim';
import { decayed } from '@m3ae/transformer';
import type { Method, OptimizerConfig } from './types.js';

/** Clip, then AdamW, then each layer's share of the rate; as one transform that keeps its state when a gradient is not finite. */
export function createOptimizer(method: Method, optimizer: OptimizerConfig): Transform {
  const steps = chain(
    clipByGlobalNorm(optimizer.clipNorm),
    adamW({
      b1: optimizer.b1,
      b2: optimizer.b2,
      eps: optimizer.eps,
      weightDecay: optimizer.weightDecay,
      decay: (path) => decayed(path, optimizer.decay === 'reference' ? method : optimizer.decay),
    }),
    ...(optimizer.layerDecay ? [scaleByPath(layerDecay(optimizer.layerDecay))] : []),
  );
  return optimizer.skipNonFinite ? skipNonFinite(steps) : steps;
}

/** Learning rate by the number of updates done so far; the first update has count 0. */
export function createSchedule(optimizer: OptimizerConfig): (count: number) => number {
  return warmupCosine({
    init: optimizer.initLearningRate,
    peak: optimizer.peakLearningRate,
    end: optimizer.endLearningRate,
    warmupSteps: optimizer.warmupSteps,
    totalSteps: optimizer.totalSteps,
  });
}
