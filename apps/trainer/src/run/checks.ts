import { existsSync } from 'node:fs';
import { lengthOf, tooLittleRate } from '@m3ae/optim';
import { checkMemory, unfitData } from '@m3ae/tasks';
import { collectFaults, throwFaults } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { availableMemory, requireOutsideOf, runPaths, streamsOf } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import type { StepConfig } from './step-config.js';
import type { Sources } from './sources.js';
import { mixerFor } from './mixer.js';

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

/**
 * Refuses data that a config cannot be trained on.
 *
 * @param begun - Whether a run goes on: earlier versions began ones of method "m3ae" without any text, which may end.
 * @throws InvalidInput with every fault: too few examples, for the batch or for the mixture, no captions or classes where the
 * method needs them, a label that is no class, a warm-up longer than the run.
 */
export function refuseUnfit(config: TrainerConfig, sources: Sources, begun = false): void {
  const check = collectFaults();
  const unfit = unfitData(config, sources, begun);
  check.include(() => throwFaults(unfit));
  // A mixer says again that there are too few.
  if (unfit.every(({ path }) => path !== 'train.batchSize'))
    check.include(() => mixerFor(config, sources, streamsOf(config.seed)));
  check.include(() => lengthOf(config, sources.train.indices.length));
  check.throwIfAny();
}
