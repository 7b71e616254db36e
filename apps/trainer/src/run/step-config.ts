import { prefixFaults } from '@m3ae/errors';
import {
  createOptimizer,
  runLength,
  type RunLength,
  scheduleOf,
  type Transform,
  type WarmupCosineOptions,
} from '@m3ae/optim';
import type { Task } from '@m3ae/training';
import { type ModelFacts, modelOf } from '@m3ae/tasks';
import type { ModelConfig } from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';

/** What only the data can tell. */
export interface DataFacts extends ModelFacts {
  /** Training examples. */
  readonly trainLength: number;
}

/** What the sections `train` and `optimizer` say about the length of a run, its rates, and the optimizer alone. */
function partsOf({ train, optimizer }: Pick<TrainerConfig, 'train' | 'optimizer'>) {
  const { warmup, scheduleSteps, decay: _decay, ...rest } = optimizer;
  const { peakLearningRate, initialLearningRate, endLearningRate, learningRatePer, ...own } = rest;
  const { batchSize, steps, epochs } = train;
  return {
    own,
    length: { batchSize, steps, epochs, warmup, scheduleSteps },
    rates: {
      peakLearningRate,
      initialLearningRate,
      endLearningRate,
      learningRatePer,
      scheduleSteps,
      batchSize,
    },
  };
}

/**
 * Steps of a run.
 *
 * @throws InvalidInput if the warm-up does not end within the run.
 */
export function lengthOf(config: TrainerConfig, trainLength: number): RunLength {
  return prefixFaults('optimizer', () => runLength(partsOf(config).length, trainLength));
}

/** The optimizer that a config asks for. */
export function optimizerOf(
  config: Pick<TrainerConfig, 'train' | 'optimizer'>,
  { decays }: Pick<Task, 'decays'>,
  depth: number,
): Transform {
  const { own } = partsOf(config);
  return prefixFaults('optimizer', () => createOptimizer({ ...own, decay: decays, depth }));
}

/** What a config and its data make of model and schedule. */
export interface StepConfig {
  readonly model: ModelConfig;
  readonly schedule: Required<WarmupCosineOptions>;
}

/** Translates a config into sizes and rates. */
export function stepConfig(config: TrainerConfig, facts: DataFacts): StepConfig {
  return {
    model: modelOf(config, facts),
    schedule: scheduleOf(partsOf(config).rates, lengthOf(config, facts.trainLength)),
  };
}
