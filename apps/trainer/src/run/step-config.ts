import { existsSync } from 'node:fs';
import { ratesOf, tooLittleRate, type WarmupCosineOptions } from '@m3ae/optim';
import { checkMemory, type ModelFacts, modelOf } from '@m3ae/tasks';
import type { ModelConfig } from '@m3ae/transformer';
import { throwFaults } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { availableMemory, requireOutsideOf, runPaths } from '@m3ae/runs';
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

/** A warning where rate, batch and steps cannot be enough; nothing for a run that begins at another's weights. */
export function rateWarning(
  { initialize, optimizer, train }: Pick<TrainerConfig, 'initialize' | 'optimizer' | 'train'>,
  schedule: StepConfig['schedule'],
): string | undefined {
  if (initialize !== null) return undefined;
  return tooLittleRate({ ...optimizer, batchSize: train.batchSize, prefix: 'optimizer.' }, schedule);
}

/** Refuses a run that has far too little memory, and warns where memory may be short, or the learning rate over all steps too small. */
export function checkBeforeTraining(
  config: TrainerConfig,
  { model, schedule }: StepConfig,
  progress: Progress,
): void {
  const { fault, warning } = checkMemory(config, model, availableMemory());
  throwFaults([fault]);
  for (const sentence of [warning, rateWarning(config, schedule)]) {
    if (sentence !== undefined) progress.say(sentence);
  }
}

/** Refuses a new run folder among the pictures of a folder: those of its report would be read as data the next time. */
export function requireOutsideOfData(folder: string, { data: { source, extra } }: TrainerConfig): void {
  if (existsSync(runPaths(folder).config)) return;
  const folders = [source, ...extra].filter((each) => each.kind === 'folder');
  requireOutsideOf(folder, folders, { path: '--out', remedy: 'Choose another folder, e.g. with --out.' });
}
