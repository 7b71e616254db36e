import { type Fault, faultOf, nearestHint, throwFaults } from '@m3ae/errors';
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

const defaults = {
  epochs: 90,
  warmupEpochs: 10,
  batchSize: 2048,
  peakLearningRate: 0.1,
  initLearningRate: 0,
  endLearningRate: 0,
  epsilon: 1e-5,
  statisticsMomentum: 0.9,
  variant: 'optax',
  momentum: 0.9,
  weightDecay: 0,
  trustCoefficient: 0.001,
} as const satisfies Required<ReferenceProbeOptions>;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const count = (from: number) => ({
  rule: `a whole number, ${from} or more`,
  test: (value: unknown) => isNumber(value) && Number.isInteger(value) && value >= from,
});
const notNegative = {
  rule: 'a finite number, zero or more',
  test: (value: unknown) => isNumber(value) && value >= 0,
};
const positive = {
  rule: 'a finite number above zero',
  test: (value: unknown) => isNumber(value) && value > 0,
};
const share = {
  rule: 'in [0, 1)',
  test: (value: unknown) => isNumber(value) && value >= 0 && value < 1,
};

const rules: Readonly<
  Record<keyof typeof defaults, { readonly rule: string; readonly test: (value: unknown) => boolean }>
> = {
  epochs: count(1),
  warmupEpochs: count(0),
  batchSize: count(1),
  peakLearningRate: positive,
  initLearningRate: notNegative,
  endLearningRate: notNegative,
  epsilon: positive,
  statisticsMomentum: share,
  variant: { rule: 'one of optax, moco', test: (value) => value === 'optax' || value === 'moco' },
  momentum: share,
  weightDecay: notNegative,
  trustCoefficient: positive,
};

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput naming every option that is unknown or out of range.
 */
export function resolveReferenceProbe(options: ReferenceProbeOptions = {}): Required<ReferenceProbeOptions> {
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      faults.push(faultOf('options', 'known ones', name, nearestHint(name, Object.keys(rules))));
      continue;
    }
    const { rule, test } = rules[name as keyof typeof defaults];
    if (value !== undefined && !test(value))
      faults.push(faultOf(name, rule, value, `Leave it out for ${defaults[name as keyof typeof defaults]}.`));
  }
  throwFaults(faults);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: Required<ReferenceProbeOptions> = { ...defaults, ...given };
  if (resolved.warmupEpochs >= resolved.epochs) {
    throwFaults([
      faultOf(
        'warmupEpochs',
        `below epochs = ${resolved.epochs}`,
        resolved.warmupEpochs,
        'Train longer or warm up for less.',
      ),
    ]);
  }
  return resolved;
}
