import { invalidField } from '@m3ae/errors';
import { mapTree, type NdArray, scalarArray, type Tree, zerosArray } from '@m3ae/tree';
import { add, div, mul, type Scalar, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { eachLeaf } from './each-leaf.js';
import { tidyTree } from './tidy-tree.js';

/** Gradients gathered so far, between the runs of a compiled micro-step. */
export interface GradientSum<Leaf> {
  /** Sum of weight·gradient, in the structure of the parameters. */
  readonly sum: Tree<Leaf>;
  /** Sum of the weights: []. */
  readonly weight: Leaf;
}

/** Loss and gradients of one micro-batch. */
export interface MicroBatchResult {
  /** Mean loss over the micro-batch: []. */
  readonly value: Scalar;
  /** Gradients of `value`, in the structure of the parameters. */
  readonly gradients: Tree<Tensor>;
  /** What `value` is a mean over: examples, or valid tokens. Default 1, for micro-batches of equal size. */
  readonly weight?: Scalar | number;
}

/** An empty sum, in plain arrays. */
export function initGradientSum(params: Tree<NdArray>): GradientSum<NdArray> {
  return { sum: mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape)), weight: scalarArray(0) };
}

const asScalar = (weight: Scalar | number): Scalar => (typeof weight === 'number' ? scalar(weight) : weight);

/**
 * Adds one micro-batch to the sum.
 *
 * @param weight - What the loss of this micro-batch is a mean over: its examples or its valid tokens. Default 1.
 * @returns A new sum; the one given is not disposed.
 * @throws RangeError if structure or shapes differ.
 */
export function addGradients(
  total: GradientSum<Tensor>,
  gradients: Tree<Tensor>,
  weight: Scalar | number = 1,
): GradientSum<Tensor> {
  return tidyTree(() => {
    const factor = asScalar(weight);
    const { sum } = eachLeaf({ gradients, sums: total.sum }, (leaf) => ({
      sum: add(leaf.sums, mul(leaf.gradients, factor)),
    }));
    return { sum, weight: add(total.weight, factor) };
  });
}

/**
 * The gradient of the whole batch: the weighted mean of those added.
 *
 * @returns New tensors in the structure of the parameters; NaN if nothing was added.
 */
export function meanGradients(total: GradientSum<Tensor>): Tree<Tensor> {
  return tidyTree(() => {
    const { mean } = eachLeaf({ sums: total.sum }, (leaf) => ({ mean: div(leaf.sums, total.weight) }));
    return mean;
  });
}

/**
 * Loss and gradients of a batch, computed micro-batch by micro-batch within one step.
 *
 * Exact, not an approximation: where `value` is a mean over `weight` things (examples or tokens), the result equals
 * the loss and gradients of the whole batch, however unequal the parts. A loss that adds means over different things
 * (examples for the image, valid tokens for the text) needs one accumulation for each term.
 *
 * @param microBatches - At least one.
 * @param gradientsOf - Loss and gradients of one of them, e.g. through `valueAndGradients` of `@m3ae/compile`.
 * @returns The weighted means of losses and gradients.
 * @throws RangeError if there is no micro-batch, or structures or shapes differ.
 *
 * @example
 * ```ts
 * const { value, gradients } = accumulateGradients(parts, (part) => ({
 *   ...valueAndGradients((params) => ({ value: loss(params, part) }), params),
 *   weight: part.examples,
 * }));
 * ```
 */
export function accumulateGradients<MicroBatch>(
  microBatches: readonly MicroBatch[],
  gradientsOf: (microBatch: MicroBatch, index: number) => MicroBatchResult,
): { value: Scalar; gradients: Tree<Tensor> } {
  if (microBatches.length === 0) {
    throw invalidField('microBatches', 'at least one', 'none', 'Split the batch into parts.');
  }
  return tidyTree(() => {
    let totals: { sum: Tree<Tensor>; weight: Tensor; value: Tensor } | undefined;
    microBatches.forEach((microBatch, index) => {
      const { value, gradients, weight = 1 } = gradientsOf(microBatch, index);
      const factor = asScalar(weight);
      const scaled = mul(value, factor);
      if (totals === undefined) {
        const { sum } = eachLeaf({ gradients }, (leaf) => ({ sum: mul(leaf.gradients, factor) }));
        totals = { sum, weight: factor, value: scaled };
      } else {
        totals = { ...addGradients(totals, gradients, factor), value: add(totals.value, scaled) };
      }
    });
    const { sum, weight, value } = totals!;
    return { value: div(value, weight) as Scalar, gradients: meanGradients({ sum, weight }) };
  });
}
