import type { NdArray } from '@m3ae/tree';

/** One expected value set against ours. */
export interface Check {
  /** Name of the tensor or field in the case. */
  readonly name: string;
  /** How the error is measured, in the words of the case format. */
  readonly measure: Measure;
  /** NaN where nothing could be compared. */
  readonly error: number;
  readonly tolerance: number;
  readonly pass: boolean;
  /** Why it failed, where the error alone does not say so. */
  readonly reason?: string;
}

/**
 * `output`: largest absolute difference over the larger of 1 and the largest expected magnitude.
 * `absolute`: largest absolute difference. `relative`: L2 norm of the difference over that of the expected, or the
 * former alone where the latter is below 1e-6. `exact`: number of elements that differ.
 */
export type Measure = 'output' | 'absolute' | 'relative' | 'exact' | 'none';

/** A tensor of a case as it lies in the file; 64-bit types do not occur in cases. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array | Uint8Array;
}

/** A case folder, read. */
export interface GoldenCase {
  /** Last part of the folder's path. */
  readonly name: string;
  readonly folder: string;
  readonly kind: string;
  /** `case.json` */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, CaseTensor>;
}

/** What became of one case. */
export interface CaseReport {
  readonly case: string;
  readonly folder: string;
  readonly kind: string;
  readonly engine: string;
  /** `pass`; `miss` (at least one check failed); `bad` (cannot be read as a case). */
  readonly status: 'pass' | 'miss' | 'bad';
  readonly checks: readonly Check[];
  /** The problem of a `bad` case, or of a run that threw. */
  readonly problem?: string;
  readonly seconds: number;
}

/** Compares arrays by name and remembers which expected tensors have been met. */
export interface Checker {
  /** Compares with the expected tensor `name`, if the case has it. */
  tensor(name: string, received: () => NdArray | CaseTensor, measure: Measure, tolerance: number): void;
  /** Compares two numbers. */
  number(
    name: string,
    received: number | undefined,
    expected: number,
    measure: Measure,
    tolerance: number,
  ): void;
  /** Marks a tensor below the prefix as an input, which needs no comparison. */
  input(name: string): void;
  /** Whether the case expects this tensor, or one below it. */
  expects(name: string): boolean;
  /** Reports a failure that is not a difference. */
  fail(name: string, reason: string): void;
  /** All checks, with a failure for each expected tensor that nothing compared. */
  finish(): Check[];
}
