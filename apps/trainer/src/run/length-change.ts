import type { TrainerConfig } from '../config/schema.js';
import { warmupCosine } from '@m3ae/optim';
import { type DataFacts, runLength, stepConfig } from './step-config.js';

/**
 * Whether a run may go on to another length: every update it has done must have had the learning rate that it would
 * have had, if that length had been asked for from the start. Then the two runs are the same.
 *
 * So it is while the rate is constant after a warm-up of a number of steps, and where `optimizer.scheduleSteps` says
 * over how many steps the rate falls.
 *
 * @param done - Updates done.
 * @throws InvalidInput if the new warm-up does not end within the new length.
 */
export function mayChangeLength(
  before: TrainerConfig,
  now: TrainerConfig,
  facts: DataFacts,
  done: number,
): boolean {
  if (runLength(now, facts.trainLength).totalSteps < done) return false;
  const [was, is] = [before, now].map((config) => warmupCosine(stepConfig(config, facts).schedule));
  for (let count = 0; count < done; count++) if (was!(count) !== is!(count)) return false;
  return true;
}

/** What to do where it may not. */
export function lengthRemedy(folder: string): string {
  return (
    'The learning rate of the steps that are done depends on the length, so this run ends as it began. ' +
    `Start another one with its encoder: --set initialize.run=${folder} and another --out. ` +
    'A run that shall be trained longer needs optimizer.scheduleSteps, or an endLearningRate like its peak and a warm-up in steps, from the start'
  );
}
