import { throwFaults } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import type { StepConfig } from './step-config.js';
import { tooLittleRate } from './learning-check.js';
import { checkMemory } from './memory-check.js';

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
  const { fault, warning } = checkMemory(config, model);
  throwFaults([fault]);
  for (const sentence of [warning, tooLittleRate(config, schedule)]) {
    if (sentence !== undefined) progress.say(sentence);
  }
}
