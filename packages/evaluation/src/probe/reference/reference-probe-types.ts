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
import type { RngKey } from '@m3ae/random';
import type { NdArray } from '@m3ae/tree';
import type { Runner } from '@m3ae/compile';
import type { LabeledFeatures } from '../../check.js';
import type { Accuracy } from '../../classification/accuracy.js';
import type { ClassificationReport } from '../../classification/report.js';
import type { ProbeSplits } from '../chosen-probes.js';
import type { ProbeStepOptions, ReferenceProbeState } from './probe-step.js';

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

/** Training features: the same in every epoch, or those of one epoch, e.g. of pictures that are cropped anew. */
export type EpochFeatures = LabeledFeatures | ((epoch: number) => LabeledFeatures | Promise<LabeledFeatures>);

/** What the reference's probe learns from, is chosen on, and is measured on. */
export interface ReferenceProbeSplits extends Omit<ProbeSplits, 'train'> {
  readonly train: EpochFeatures;
}

/** One epoch, measured on the whole validation split when it was over. */
export interface ReferenceProbeEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  /** Share of training examples named right before each step's update. */
  readonly trainAccuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  readonly validation: Accuracy;
}

/** An epoch's classifier and what it gives. */
export interface ReferenceProbeOutcome extends ReferenceProbeEpoch {
  readonly tests: Readonly<Record<string, ClassificationReport>>;
  readonly state: ReferenceProbeState<NdArray>;
}

/** What {@link referenceProbe} returns. */
export interface ReferenceProbeResult {
  readonly options: Required<ReferenceProbeOptions>;
  readonly stepsPerEpoch: number;
  readonly epochs: readonly ReferenceProbeEpoch[];
  /** After the last step: the honest number. */
  readonly last: ReferenceProbeOutcome;
  /** The earliest epoch that is best on the validation split: what the reference reports. */
  readonly best: ReferenceProbeOutcome;
}

/** Where and how {@link referenceProbe} computes. */
export interface ReferenceProbeRun {
  readonly runner: Runner;
  /** For the initial weights, the order of the examples and bootstrap intervals. */
  readonly key: RngKey;
  /** Called after each epoch. */
  readonly onEpoch?: (epoch: ReferenceProbeEpoch) => void;
}
