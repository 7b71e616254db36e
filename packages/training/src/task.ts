import type { Runner } from '@m3ae/compile';
import type { Batch } from '@m3ae/datasets';
import { isRecord } from '@m3ae/errors';
import { callback, matching, type Rule } from '@m3ae/errors/rules';
import type { Transform } from '@m3ae/optim';
import type { RngKey } from '@m3ae/random';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** The examples of one step as a loader gives them; a step may hold one of the two alone. */
export interface StepExamples {
  /** Pictures, with their captions or classes where there are any. */
  readonly pictures?: Batch;
  /** Texts without pictures. */
  readonly texts?: Batch;
}

/** What decides everything random in a batch. */
export interface CollateDraw {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Key of all steps; a task derives one for each purpose and step from it. */
  readonly key: RngKey;
  /**
   * Place of the first example in the step's whole batch, of which these may be a part. Default 0. What an example draws comes
   * from its place, so that it does not matter how a batch is cut.
   */
  readonly firstExample?: number;
  /** Whether the batch measures instead of trains: nothing dropped, mixed or smoothed. Default false. */
  readonly evaluation?: boolean;
}

/** A loss and what is worth logging beside it. */
export interface LossResult {
  /** What is minimized: []. */
  readonly value: Scalar;
  /** Each []; `loss` is the value itself. No gradient flows through them. */
  readonly metrics: Readonly<Record<string, Scalar>>;
}

/** A loss that compares the examples of a batch with one another, in two halves: what each gives, and what becomes of all. */
export interface Contrast<TensorBatch> {
  /** What the loss takes of each example: the first axis of every tensor is the batch. */
  features(params: Tree<Tensor>, batch: TensorBatch): Readonly<Record<string, Tensor>>;
  /** The objective of a whole batch. */
  loss(params: Tree<Tensor>, features: Readonly<Record<string, Tensor>>): LossResult;
}

/**
 * What is learned: parameters, what a batch is made of, and the loss. How it is learned is {@link createTrainStep}'s.
 *
 * @typeParam HostBatch - What enters a step, as plain arrays.
 * @typeParam TensorBatch - The same within the computation.
 */
export interface Task<HostBatch = unknown, TensorBatch = unknown> {
  /** E.g. `m3ae`; a name in errors and logs. */
  readonly name: string;
  /** Shapes of the parameters, allocating nothing. */
  shapes(): Tree<{ readonly shape: readonly number[] }>;
  /** Fresh parameters. */
  init(key: RngKey): Tree<NdArray>;
  /**
   * Makes a batch of loaded examples, on the host: masks, noise, mixing.
   *
   * @throws RangeError if the examples lack what the task learns from.
   */
  collate(examples: StepExamples, draw: CollateDraw): HostBatch;
  /**
   * The objective: a pure function that can be compiled.
   *
   * A mean over examples, so that gradients of equal micro-batches may be averaged; or the two halves of `contrast` in one.
   */
  loss(params: Tree<Tensor>, batch: TensorBatch): LossResult;
  /** Puts updated parameters back where they are allowed to be, e.g. a temperature into its range. */
  project?(params: Tree<Tensor>): Tree<Tensor>;
  /** Whether weight decay applies to the parameter of a path. */
  decays(path: string): boolean;
  /** The halves of a loss that is no mean over examples. */
  readonly contrast?: Contrast<TensorBatch>;
}

/**
 * Something that can do what functions of it do, whatever else it holds.
 *
 * @param names - Of the functions.
 */
export const able = <Value>(names: readonly string[], rule: string, remedy: string): Rule<Value, Value> =>
  matching(
    `${rule}, with ${names.join(' and ')}`,
    (value) => isRecord(value) && names.every((name) => typeof value[name] === 'function'),
    remedy,
    undefined as Value, // stands for a wrong one, which is refused
  );

/** What is learned, with the functions that are asked for. */
export const taskWith = (...names: readonly (keyof Task & string)[]): Rule<Task, Task> =>
  able(names, 'a task', 'Pass e.g. m3ae(…) of @m3ae/tasks, or one of your own.');

/** How it is learned. */
export const optimizerRule: Rule<Transform, Transform> = able(
  ['init', 'update'],
  'an optimizer',
  'Pass e.g. adamW() of @m3ae/optim.',
);

/** What runs it. */
export const runnerRule: Rule<Runner, Runner> = callback<Runner>(
  'a runner',
  'Pass createRunner() of @m3ae/compile.',
  undefined as never, // stands for a wrong one, which is refused
);
