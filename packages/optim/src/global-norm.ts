import { invalidField } from '@m3ae/errors';
import { flattenTree, type Tree } from '@m3ae/tree';
import { addN, type Scalar, sqrt, square, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * L2 norm of all leaves taken together: sqrt(sum of squares).
 *
 * @param tree - Tensors of any shape; at least one.
 * @returns A scalar, []; NaN or infinite if any element is, or if the sum of squares overflows float32.
 * @throws RangeError if the tree holds no tensor.
 */
export function globalNorm(tree: Tree<Tensor>): Scalar {
  const leaves = flattenTree<Tensor>(tree);
  if (leaves.length === 0) {
    throw invalidField('tree', 'of at least one tensor', 'an empty tree', 'Pass the gradients.');
  }
  return tidy(() => sqrt(addN(leaves.map(([, leaf]) => sum(square(leaf))))) as Scalar);
}
