import { flattenTree, mapTree, type Tree } from '@m3ae/tree';
import { engine, keep, type Scalar, Tensor, zerosLike } from '@tensorflow/tfjs-core';
// tfjs's CommonJS build registers no gradients. This module has no exports; it shares the registry through tfjs's global object.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { faultOf, invalidField, throwFaults } from '@m3ae/errors';

/** What a function to differentiate returns. */
export interface ValueWithAux<Aux> {
  /** The scalar to differentiate: []. */
  readonly value: Scalar;
  /** Anything else it computed; no gradient flows through it. */
  readonly aux?: Aux;
}

/** A value, what came with it, and its gradients. */
export interface ValueAndGradients<Params, Aux> {
  /** []. */
  readonly value: Scalar;
  /** As the function returned it. */
  readonly aux: Aux;
  /** The tree of the parameters, each leaf of its parameter's shape. */
  readonly gradients: Params;
}

/**
 * Evaluates a scalar function and its gradient at `params`, eagerly or while `compile` records.
 *
 * A parameter that the value does not depend on gets zeros, and so does one that is not float32.
 *
 * @param fn - Must compute its value from the tensors it is given.
 * @param params - A tree of tensors with at least one leaf.
 * @throws InvalidInput if `params` has no leaf or one that is no tensor, or `fn` returns no scalar `value`.
 *
 * @example
 * ```ts
 * const { value, gradients } = valueAndGradients(({ w }) => ({ value: sum(square(w)) }), { w: tensor1d([1, 2]) });
 * // value 5, gradients.w [2, 4]
 * ```
 */
export function valueAndGradients<
  Params extends Tree<Tensor>,
  Aux extends Tree<Tensor> | undefined = undefined,
>(fn: (params: Params) => ValueWithAux<Aux>, params: Params): ValueAndGradients<Params, Aux> {
  const leaves = flattenTree<Tensor>(params);
  if (leaves.length === 0)
    throw invalidField('params', 'a tree with at least one tensor', 'none', 'Pass what to differentiate.');
  throwFaults([
    typeof fn !== 'function' && faultOf('fn', 'a function of params', fn, 'Pass it before params.'),
    ...leaves.map(
      ([path, leaf]) =>
        !(leaf instanceof Tensor) &&
        faultOf(
          ['params', path].filter(Boolean).join('.'),
          'a tensor',
          leaf,
          'Host arrays enter through compile().',
        ),
    ),
  ]);
  let kept: Tree<Tensor> | undefined;
  const forward = () => {
    const returned = fn(params);
    if (!(returned?.value instanceof Tensor)) {
      const remedy = 'Return { value } with the scalar to differentiate.';
      throw invalidField('result of fn', 'a record with a tensor as value', kindOf(returned), remedy);
    }
    const { value, aux } = returned;
    if (value.shape.length !== 0) {
      throw invalidField('value', 'a scalar', `shape [${value.shape}]`, 'Take the mean or the sum of it.');
    }
    // Clones: the function may hand back its own parameters, which are not ours to keep.
    kept = mapTree<Tensor, Tensor>(aux as Tree<Tensor>, (tensor) => keep(tensor.clone()));
    return value;
  };
  const tensors = leaves.map(([, tensor]) => tensor);
  const { value, grads } = engine().gradients(forward, tensors, undefined, true);
  const gradients = new Map(leaves.map(([path, tensor], i) => [path, grads[i] ?? zerosLike(tensor)]));
  return {
    value,
    // From kept tensors to ones that the caller's tidy sees.
    aux: mapTree<Tensor, Tensor>(kept as Tree<Tensor>, release) as Aux,
    gradients: mapTree<Tensor, Tensor>(params, (_, path) => gradients.get(path)!) as Params,
  };
}

const kindOf = (returned: unknown) =>
  returned instanceof Tensor ? `a tensor [${returned.shape}]` : returned;

function release(tensor: Tensor): Tensor {
  const result = tensor.clone();
  tensor.dispose();
  return result;
}
