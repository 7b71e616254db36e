import { key } from '@m3ae/random';
import { type M3aeSize, resolveM3aeConfig } from '@m3ae/transformer';
import { defaultLoss, defaultOptimizer } from '../step/defaults.js';
import type { Engine } from '../step/engine.js';
import { createTrainStep, type TrainStep } from '../step/train-step.js';
import type { Method, StepBatch, TrainState } from '../step/types.js';
import { syntheticBatches } from './synthetic-batch.js';

/** What to time. */
export interface StepBenchOptions {
  readonly method: Method;
  readonly model: M3aeSize;
  readonly batch: number;
  /** Threads of the compiled engine. */
  readonly threads: number;
  /** Timed steps after the warm-up. */
  readonly steps: number;
  readonly warmup: number;
  readonly engine: Engine;
  readonly maskScope: 'batch' | 'sample';
  /** Compute padding too, as the peers do; by default it is left out of the work, which changes no result. */
  readonly keepPadding?: boolean;
}

/** A step, its first state and its data. */
export interface PreparedStep {
  readonly step: TrainStep;
  initialState(): TrainState;
  readonly batches: (step: number, learningRate: number) => StepBatch;
}

/** 256 px, 64 text tokens of which 15 are real, ratios .75: the step of bench/README.md. */
const sizes = {
  imageSize: 256,
  textLength: 64,
  realTokens: 15,
  imageMaskRatio: 0.75,
  textMaskRatio: 0.75,
} as const;

/** The training step of a model, with made-up data. */
export function prepareStep({
  method,
  model: size,
  batch,
  maskScope,
  keepPadding = false,
}: StepBenchOptions): PreparedStep {
  const model = resolveM3aeConfig({ size });
  const step = createTrainStep({
    method,
    model,
    loss: { ...defaultLoss, textWeight: 0.5 },
    optimizer: { ...defaultOptimizer, peakLearningRate: 1e-4, totalSteps: 1_000_000 },
  });
  return {
    step,
    initialState: () => step.initialState(key(0)),
    batches: syntheticBatches(key(1), model, { batch, ...sizes, maskScope, keepPadding }),
  };
}
