import { invalidField, nearestHint } from '@m3ae/errors';
import { joinColumns, type Matrix } from './matrix.js';

/** Features of some examples, a row each, with their classes. */
export interface EncodedSplit {
  /** Key of its figures in the results, e.g. `test`. */
  readonly name: string;
  /** What tables call it; by default its name. */
  readonly title?: string;
  /** What it is for, in a sentence. */
  readonly note?: string;
  /** By name: [examples, columns] each. `logits`, where there are any, are those of the model's own head. */
  readonly features: Readonly<Record<string, Matrix>>;
  /** [examples] */
  readonly labels: Int32Array;
  /** Examples that were left out, as they cannot be read. */
  readonly unreadable?: number;
}

/** What a frozen model makes of the examples that a classifier learns from, is chosen on and is measured on. */
export interface EncodedSplits {
  /** Names in the order of the labels. */
  readonly classNames: readonly string[];
  readonly train: EncodedSplit;
  readonly validation: EncodedSplit;
  readonly tests: readonly EncodedSplit[];
}

/**
 * One way to measure what a model has learned: an object of this shape is all that a new one takes.
 *
 * @example
 * ```ts
 * const spread: Evaluator<number> = {
 *   name: 'spread',
 *   run: async ({ tests: [test] }) => Math.max(...columnStatistics(featuresOf(test!, 'mean')).deviation),
 *   headline: (deviation) => ({ deviation }),
 * };
 * ```
 */
export interface Evaluator<Result, Input = EncodedSplits> {
  /** Of its record: `<name>.json`. */
  readonly name: string;
  /** Measures what it is given. */
  run(input: Input): Promise<Result>;
  /** The few numbers that matter, by name, for logs and tables. */
  headline(result: Result): Readonly<Record<string, number>>;
}

/** Told how many steps of an evaluation are done. */
export type OnProgress = (done: number, total: number) => void;

/**
 * One kind of features of a split; `both` is `mean` and `cls` side by side.
 *
 * @throws InvalidInput for a name that the split does not have.
 */
export function featuresOf(
  { name: split, features }: Pick<EncodedSplit, 'name' | 'features'>,
  name: string,
): Matrix {
  const { [name]: own, mean, cls } = features;
  if (own !== undefined) return own;
  if (name === 'both' && mean !== undefined && cls !== undefined) return joinColumns(mean, cls);
  throw invalidField(
    `${split}.features`,
    `those that are asked for, with ${name}`,
    Object.keys(features).join(', ') || 'none',
    nearestHint(name, Object.keys(features)),
  );
}

/** One kind of features with the classes of their rows. */
export function labeledFeatures(split: EncodedSplit, name: string): { features: Matrix; labels: Int32Array } {
  return { features: featuresOf(split, name), labels: split.labels };
}
