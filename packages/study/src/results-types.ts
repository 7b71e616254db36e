import type { Interval, Judgment, Summary } from './statistics.js';

/** A value with one seed. */
export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

/** One row's value of one metric. */
export interface Cell extends Summary {
  readonly seeds: readonly SeedValue[];
  /** Wilson interval that a share of so many test examples has by itself; null where the value is none. */
  readonly binomial: (Interval & { readonly examples: number }) | null;
}

/** A row of a finished table. */
export interface ResultRow {
  readonly label: string;
  readonly variant: string;
  readonly series: string | null;
  readonly x: number | string | null;
  readonly baseline: boolean;
  /** By metric; null where nothing has been measured yet. */
  readonly cells: Readonly<Record<string, Cell | null>>;
  /** Whether it is the best of its series by the metric that the table chooses by. */
  readonly chosen: boolean;
}

/** A comparison with its outcome. */
export interface ComparisonResult extends Judgment {
  /** In words, e.g. "M3AE − MAE, unseen drawing". */
  readonly text: string;
  readonly metric: string;
  readonly unit: string;
  readonly threshold: number;
  /** Difference by seed, over the seeds that all sides have. */
  readonly seeds: readonly SeedValue[];
  readonly difference: Summary | null;
  /** Whether the intervals of the two sides themselves have no value in common; null for other comparisons. */
  readonly apart: boolean | null;
}

/** A claim with its outcome. */
export interface ClaimResult extends Judgment {
  readonly text: string;
  readonly rule: 'all' | 'most';
  readonly comparisons: readonly ComparisonResult[];
}

/** What a column shows. */
export interface ResultMetric {
  readonly name: string;
  readonly title: string;
  /** Metrics of one group share their rows; absent where every metric has a column of its own. */
  readonly group?: string;
  readonly unit: string;
}

/** A table with everything that is shown of it. */
export interface ResultTable {
  readonly id: string;
  readonly title: string;
  readonly note: string | null;
  readonly metrics: readonly ResultMetric[];
  readonly rows: readonly ResultRow[];
  readonly claims: readonly ClaimResult[];
  /** When the claims were made, where that was not before the first run. */
  readonly claimsNote: string | null;
  readonly paper: readonly PaperColumn[];
  /** Measured values that are still missing, of how many. */
  readonly missing: number;
  readonly wanted: number;
}

/** Numbers as the paper prints them. */
export interface PaperColumn {
  readonly source: string;
  readonly unit: string;
  readonly note: string | null;
  /** Title of the metric under which the numbers stand, in a table of groups. */
  readonly column?: string;
  /** By label of the row. */
  readonly values: Readonly<Record<string, number>>;
}

/** Everything in results.json. */
export interface StudyResults {
  readonly study: string;
  readonly title: string;
  readonly seeds: readonly number[];
  readonly tables: readonly ResultTable[];
  readonly parts: {
    readonly total: number;
    readonly done: number;
    readonly missing: readonly string[];
    readonly stale: readonly { readonly file: string; readonly reason: string }[];
    /** Computing time of all parts that are done. */
    readonly seconds: number;
  };
  /** Programs that made the parts. */
  readonly commits: readonly string[];
  readonly versions: readonly Readonly<Record<string, string>>[];
}
