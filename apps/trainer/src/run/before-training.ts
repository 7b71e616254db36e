import { existsSync } from 'node:fs';
import { throwFaults } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { availableMemory, requireOutsideOf, runPaths } from '@m3ae/runs';
import { tooLittleRate } from '@m3ae/optim';
import { checkMemory } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import type { StepConfig } from './step-config.js';

/** A warning where rate, batch and steps cannot be enough; nothing for a run that begins at another's weights. */
export function rateWarning(
  { initialize, optimizer, train }: Pick<TrainerConfig, 'initialize' | 'optimizer' | 'train'>,
  schedule: StepConfig['schedule'],
): string | undefined {
  if (initialize !== null) return undefined;
  return tooLittleRate({ ...optimizer, batchSize: train.batchSize, prefix: 'optimizer.' }, schedule);
}

/**
 * Looks at a run as a whole before anything is trained: warns where memory may be short, or where the learning rate over all steps
 * cannot be enough.
 *
 * @throws InvalidInput if the machine has far too little memory.
 */
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

/**
 * Refuses a new run folder among the pictures of a folder: those of its report would be read as data the next time.
 *
 * @throws InvalidInput
 */
export function requireOutsideOfData(folder: string, { data: { source, extra } }: TrainerConfig): void {
  if (existsSync(runPaths(folder).config)) return;
  const folders = [source, ...extra].filter((each) => each.kind === 'folder');
  requireOutsideOf(folder, folders, { path: '--out', remedy: 'Choose another folder, e.g. with --out.' });
}
