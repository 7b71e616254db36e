import { valueAndGradients } from '@m3ae/compile';
import { flattenTree, type Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Value and gradients by path; zeros for a parameter without a use. */
export function gradientsOf<Aux extends Tree<Tensor> | undefined = undefined>(
  params: Tree<Tensor>,
  loss: (params: Tree<Tensor>) => Scalar,
  aux?: () => Aux,
): { value: Scalar; gradients: Map<string, Tensor>; aux: Aux } {
  const result = valueAndGradients((given: Tree<Tensor>) => ({ value: loss(given), aux: aux?.() }), params);
  return {
    value: result.value,
    gradients: new Map(flattenTree<Tensor>(result.gradients)),
    aux: result.aux as Aux,
  };
}
