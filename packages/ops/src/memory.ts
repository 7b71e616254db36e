import {
  add,
  engine,
  mul,
  reshape,
  slice,
  type Tensor,
  type TensorContainer,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { withGradient } from './fused-kernel.js';

/**
 * A part of a model that keeps its inputs alone for the gradient: what it computed on the way is computed a second time when the
 * gradient is asked for. The same numbers for less memory and more work.
 *
 * The second computation begins from `x + 0 * dy[0]`. So it cannot begin before the gradient has come as far, and no compiler takes it for
 * the first one, whose results it would then keep after all. Where `dy` is NaN so is the gradient, as it would be anyway.
 *
 * @param inputs - Tensors to differentiate by; the first is the one that the rest of the model computed.
 * @param compute - A pure function of them. Gradients of tfjs must be registered, as `@m3ae/compile` does.
 *
 * @see Chen et al., Training Deep Nets with Sublinear Memory Cost, https://arxiv.org/abs/1604.06174
 */
export function recomputed<Result extends Tensor>(
  inputs: readonly Tensor[],
  compute: (inputs: readonly Tensor[]) => Result,
): Result {
  return withGradient<Result>(
    inputs,
    () => ({ value: compute(inputs), saved: [...inputs] }),
    (dy, saved) => {
      const [x, ...others] = saved;
      const nothing = mul(reshape(slice(reshape(dy, [dy.size]), [0], [1]), []), 0);
      const again = [add(x!, nothing), ...others];
      return gradientsWithin(() => compute(again), again, dy);
    },
  );
}

/** Gradients in the midst of those of another function: tfjs would lose the tape of the outer one. */
function gradientsWithin(compute: () => Tensor, inputs: Tensor[], dy: Tensor): Tensor[] {
  const { state } = engine();
  const tape = state.activeTape;
  try {
    const { grads } = engine().gradients(compute, inputs, dy, true);
    return inputs.map((input, i) => grads[i] ?? zerosLike(input));
  } finally {
    state.activeTape = tape;
  }
}

/**
 * `tidy` for a record of tensors of any type: frees what `compute` made and does not return.
 *
 * @param compute - Gives tensors in nested records and arrays.
 *
 * @example
 * ```ts
 * const { mean, variance } = tidyTree(() => moments(x));
 * ```
 */
export function tidyTree<Result>(compute: () => Result): Result {
  // The types of tfjs know only mutable arrays and index signatures.
  return tidy(compute as () => TensorContainer) as Result;
}
