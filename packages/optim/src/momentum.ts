import { mapTree, type NdArray, type Tree, zerosArray } from '@m3ae/tree';
import { add, mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core';

/** State of {@link sgd} and {@link lars}: one buffer in the structure of the parameters. */
export type MomentumState<Leaf> = { readonly momentum: Tree<Leaf> };

/** Zero buffers for every parameter. */
export function initMomentum(params: Tree<NdArray>): Tree<NdArray> {
  return { momentum: mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape)) };
}

/** buffer ← step + share·buffer; with Nesterov the direction looks one step ahead: step + share·buffer. */
export function accelerate(
  step: Tensor,
  buffer: Tensor,
  share: Scalar,
  nesterov: boolean,
): { direction: Tensor; buffer: Tensor } {
  const next = add(step, mul(buffer, share));
  return { direction: nesterov ? add(step, mul(next, share)) : next, buffer: next };
}
