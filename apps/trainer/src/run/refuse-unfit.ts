import { collectFaults, throwFaults } from '@m3ae/errors';
import { lengthOf } from '@m3ae/optim';
import { streamsOf } from '@m3ae/runs';
import { unfitData } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { mixerFor } from './mixer.js';
import type { Sources } from './sources.js';

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
