import type { NdArray } from '@m3ae/tree';
import type { CaseTensor, GoldenCase } from './golden-case.js';

/** One expected value set against ours. */
export interface Check {
  /** Name of the tensor or field in the case. */
  readonly name: string;
  /** How the error is measured; `none` where nothing could be compared. */
  readonly measure: Measure | 'none';
  /** NaN where nothing could be compared. */
  readonly error: number;
  readonly tolerance: number;
  readonly pass: boolean;
  /** Why it failed, where the error alone does not say so. */
  readonly reason?: string;
}

/** Compares arrays by name and remembers which expected tensors have been met. */
export interface Checker {
  /** Compares with the expected tensor `name`, if the case has it. */
  tensor(name: string, received: () => NdArray | CaseTensor, measure: Measure, tolerance: number): void;
  /** Compares two numbers; nothing received is a failure, so that no field of a case goes unchecked. */
  number(
    name: string,
    received: number | undefined,
    expected: number,
    measure: Measure,
    tolerance: number,
  ): void;
  /** Compares what `case.json` says of one step; its tolerances are `loss` and `gradientRelative`. */
  step(
    count: number,
    received: Readonly<Record<string, number | undefined>>,
    expected: Readonly<Record<string, unknown>>,
    limits: { readonly peakLearningRate: number; readonly tolerance: (name: string) => number },
  ): void;
  /** Marks a tensor below the prefix as an input, which needs no comparison. */
  input(name: string): void;
  /** Whether the case expects this tensor, or one below it. */
  expects(name: string): boolean;
  /** All checks, with a failure for each expected tensor that nothing compared. */
  finish(): Check[];
}

/**
 * Starts the comparison of one case.
 *
 * @param prefix - Tensors whose name starts so are expected results; one that is never compared becomes a failure.
 */
export function createChecker(golden: GoldenCase, prefix: string): Checker {
  const checks: Check[] = [];
  const met = new Set<string>();
  const fail = (name: string, reason: string) =>
    void checks.push({ name, measure: 'none', error: NaN, tolerance: NaN, pass: false, reason });

  const checker: Checker = {
    input: (name) => void met.add(prefix + name),
    expects: (name) =>
      golden.tensors.has(prefix + name) ||
      [...golden.tensors.keys()].some((key) => key.startsWith(`${prefix}${name}/`)),
    tensor(name, received, measure, tolerance) {
      const expected = golden.tensors.get(prefix + name);
      if (!expected) return;
      met.add(prefix + name);
      const ours = received();
      if (ours.shape.join() !== expected.shape.join()) {
        fail(name, `shape must be [${expected.shape}]; received [${ours.shape}]`);
        return;
      }
      const error = measureError(ours.data, expected.data, measure);
      checks.push({ name, measure, error, tolerance, pass: error <= tolerance });
    },
    number(name, received, expected, measure, tolerance) {
      if (received === undefined) {
        fail(name, 'no check for this field');
        return;
      }
      const error = measureError([received], [expected], measure);
      checks.push({ name, measure, error, tolerance, pass: error <= tolerance });
    },
    step(count, received, expected, { peakLearningRate, tolerance }) {
      for (const [name, value] of Object.entries({ ...expected }) as [string, number][]) {
        const number = (measure: Measure, most: number) =>
          checker.number(`steps[${count}].${name}`, { step: count, ...received }[name], value, measure, most);
        if (name === 'step') number('exact', 0);
        // The case format gives rates no tolerance; a millionth of the peak is a dozen float32 steps.
        else if (name === 'learningRate') number('absolute', 1e-6 * peakLearningRate);
        else if (name === 'gradientNorm') number('relative', tolerance('gradientRelative'));
        else number('absolute', tolerance('loss'));
      }
    },
    finish() {
      for (const name of golden.tensors.keys()) {
        if (name.startsWith(prefix) && !met.has(name))
          fail(name.slice(prefix.length), `no check for ${name}`);
      }
      return checks;
    },
  };
  return checker;
}

/**
 * How an error is measured.
 *
 * - `output`: largest absolute difference over the larger of 1 and the largest expected magnitude.
 * - `absolute`: largest absolute difference.
 * - `relative`: L2 norm of the difference over that of the expected, or the former alone where the latter is below 1e-6.
 * - `exact`: number of elements that differ.
 */
export type Measure = 'output' | 'absolute' | 'relative' | 'exact';

type Numbers = ArrayLike<number>;

/** The error of `received` against `expected` under a measure; NaN if either holds a NaN that the other has not. */
export function measureError(received: Numbers, expected: Numbers, measure: Measure): number {
  if (measure === 'exact') return countDifferent(received, expected);
  if (measure === 'relative') return relative(received, expected);
  const largest = largestDifference(received, expected);
  return measure === 'output' ? largest / Math.max(1, largestMagnitude(expected)) : largest;
}

function largestDifference(received: Numbers, expected: Numbers): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(received[i]! - expected[i]!);
    if (Number.isNaN(difference) && !Object.is(received[i], expected[i])) return NaN;
    if (difference > largest) largest = difference;
  }
  return largest;
}

function largestMagnitude(values: Numbers): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

function relative(received: Numbers, expected: Numbers): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (received[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  const scale = Math.sqrt(norm);
  return scale < 1e-6 ? Math.sqrt(difference) : Math.sqrt(difference) / scale;
}

function countDifferent(received: Numbers, expected: Numbers): number {
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (received[i] !== expected[i]) count++;
  return count;
}
