import { invalidField } from '@m3ae/errors';
import {
  checkOptions,
  inInterval,
  integer,
  number,
  oneOf,
  record,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import type { ProbeStepOptions } from './probe-step.js';

/** How the reference's linear probe is trained; the defaults are those of its command. */
export interface ReferenceProbeOptions extends ProbeStepOptions {
  /** Passes over the training split. Default 90. */
  readonly epochs?: number;
  /** Epochs of linear warm-up. Default 10. */
  readonly warmupEpochs?: number;
  /** Examples a step; a smaller training split is one batch. What is left over of an epoch is dropped. Default 2048. */
  readonly batchSize?: number;
  /** Learning rate for a batch of 256; it is scaled by batch / 256. Default 0.1. */
  readonly peakLearningRate?: number;
  /** At the first step, for a batch of 256. Default 0. */
  readonly initLearningRate?: number;
  /** At the end, for a batch of 256. Default 0. */
  readonly endLearningRate?: number;
}

const share = (remedy: string) => inInterval('[0, 1)', remedy);
const rate = (remedy: string) => number({ min: 0 }, remedy);

const rules = record({
  epochs: withDefault(integer({ min: 1 }, 'The reference takes 90.'), 90),
  warmupEpochs: withDefault(integer({ min: 0 }, 'The reference takes 10.'), 10),
  batchSize: withDefault(integer({ min: 1 }, 'The reference takes 2048.'), 2048),
  peakLearningRate: withDefault(number({ above: 0 }, 'For a batch of 256, e.g. 0.1.'), 0.1),
  initLearningRate: withDefault(rate('Usual is 0.'), 0),
  endLearningRate: withDefault(rate('Usual is 0.'), 0),
  epsilon: withDefault(number({ above: 0 }, 'Use 1e-5.'), 1e-5),
  statisticsMomentum: withDefault(share('Use 0.9.'), 0.9),
  variant: withDefault(oneOf(['optax', 'moco'], 'Use optax.'), 'optax'),
  momentum: withDefault(share('Use 0.9.'), 0.9),
  weightDecay: withDefault(rate('Usual is 0.'), 0),
  trustCoefficient: withDefault(number({ above: 0 }, 'Use 0.001.'), 0.001),
} satisfies RulesOf<ReferenceProbeOptions>);

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput naming every option that is unknown or out of range.
 */
export function resolveReferenceProbe(options: ReferenceProbeOptions = {}): Required<ReferenceProbeOptions> {
  const resolved = checkOptions(rules, options);
  const { warmupEpochs, epochs } = resolved;
  if (warmupEpochs < epochs) return resolved;
  const remedy = 'Train longer or warm up for less.';
  throw invalidField('warmupEpochs', `below epochs = ${epochs}`, warmupEpochs, remedy);
}
