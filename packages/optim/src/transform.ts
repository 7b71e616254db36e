import type { NdArray, Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** What changes from update to update but belongs to no parameter. */
export interface Hyper {
  /** Learning rate of this update, from a schedule on the host: []. */
  readonly learningRate: Scalar;
  /** Global L2 norm of the gradients handed over, where the caller already has it: []. It spares a second pass over them. */
  readonly gradientNorm?: Scalar;
  /** Whether this update counts: bool []. Given only to a transform that {@link Transform.skips}. */
  readonly proceed?: Scalar;
  /** What the gradients still have to be multiplied by: []. Given only to a transform that {@link Transform.scales}. */
  readonly gradientScale?: Scalar;
  /** Whether the caller accepts updates that still have to be multiplied by {@link UpdateResult.pendingScale}. */
  readonly mayDefer?: boolean;
}

/** What {@link Transform.update} returns; all of it belongs to the caller. */
export interface UpdateResult {
  /** What to add to the parameters, in their structure; see {@link applyUpdates}. */
  readonly updates: Tree<Tensor>;
  /** The state for the next update, in the structure of the one given. */
  readonly state: Tree<Tensor>;
  /** Scalars worth logging, such as `gradientNorm` and `skipped`. */
  readonly metrics: Readonly<Record<string, Scalar>>;
  /** What `updates` still have to be multiplied by; only where {@link Hyper.mayDefer} allows it. */
  readonly pendingScale?: Scalar;
}

/**
 * One part of an optimizer: a pure pair of functions, composed by {@link chain}.
 *
 * `init` runs on the host, on plain arrays, and needs no tfjs backend. `update` takes and returns tensors, reads no
 * value, and so can be compiled.
 */
export interface Transform {
  /** The state before the first update, in plain arrays; `{}` for a transform without any. */
  readonly init: (params: Tree<NdArray>) => Tree<NdArray>;
  /** Turns gradients into updates. The trees of gradients and params must have the same structure and shapes. */
  readonly update: (
    gradients: Tree<Tensor>,
    state: Tree<Tensor>,
    params: Tree<Tensor>,
    hyper: Hyper,
  ) => UpdateResult;
  /**
   * Whether `update` honors {@link Hyper.proceed}, so that {@link skipNonFinite} need not choose between old and new
   * values element by element: where it is false, the state stays as it was and `updates` are zero (`'all'`), whatever
   * the gradients; or the state stays as it was, and zero gradients give zero updates (`'state'`). Left out: not at all.
   */
  readonly skips?: 'all' | 'state';
  /** Whether `update` honors {@link Hyper.gradientScale}, which spares a pass over the gradients. */
  readonly scales?: boolean;
}

/**
 * Says of a parameter whether a rule (weight decay, layer-wise trust) covers it.
 *
 * @param path - The leaf's path, e.g. `encoder.blocks.3.norm1.scale`.
 * @param shape - The leaf's shape.
 */
export type ParameterRule = (path: string, shape: readonly number[]) => boolean;
