import { ratesOf, type WarmupCosineOptions } from '@m3ae/optim';
import { type ModelFacts, modelOf } from '@m3ae/tasks';
import type { ModelConfig } from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';

/** What only the data can tell. */
interface DataFacts extends ModelFacts {
  /** Training examples. */
  readonly trainLength: number;
}

/** What a config and its data make of model and schedule. */
export interface StepConfig {
  readonly model: ModelConfig;
  readonly schedule: Required<WarmupCosineOptions>;
}

/** Translates a config into sizes and rates. */
export const stepConfig = (config: TrainerConfig, facts: DataFacts): StepConfig => ({
  model: modelOf(config, facts),
  schedule: ratesOf(config, facts.trainLength),
});
