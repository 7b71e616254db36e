import type { ProbeResult } from '@m3ae/evaluation';

/** Probes on one kind of features. */
export interface FeatureResult {
  /** E.g. `encoder, mean of patches` or `raw pixels`. */
  readonly name: string;
  /** Whether the trained encoder made them. */
  readonly learned: boolean;
  readonly dimensions: number;
  readonly linear: ProbeResult;
  readonly neighbours: ProbeResult;
}

/** The frozen encoder beside raw pixels. */
export interface EvaluationResult {
  readonly classes: number;
  readonly trainExamples: number;
  /** Test parts in the order of the tables: key, readable name, what it shows. */
  readonly tests: readonly {
    readonly key: string;
    readonly name: string;
    readonly note: string;
    readonly length: number;
  }[];
  /** Share of the most frequent class of the training part in each test part. */
  readonly majority: Readonly<Record<string, number>>;
  readonly features: readonly FeatureResult[];
}
