import type { RngKey } from '@m3ae/random';
import type { NdArray } from '@m3ae/tree';
import type { LabeledFeatures } from '../../check.js';
import type { Accuracy } from '../../classification/accuracy.js';
import type { ClassificationReport } from '../../classification/report.js';
import type { ProbeSplits } from '../chosen-probes.js';
import type { Runner } from '@m3ae/compile';
import type { ReferenceProbeOptions } from './probe-options.js';
import type { ReferenceProbeState } from './probe-state.js';

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
