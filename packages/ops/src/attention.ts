import { mul, softmax, sub, sum, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { type AttentionAttributes, hasKernel, kernels, runKernel, withGradient } from './fused-kernel.js';
import { requireTensors } from './require-tensors.js';

/** What {@link fusedAttention} needs to know besides its input. */
export interface FusedAttentionOptions extends AttentionAttributes {
  /** Added to the scores, [batch, 1, 1, tokens]; no gradient. */
  readonly keyBias?: Tensor;
}

/** Whether the current backend brings attention as one kernel. */
export function canFuseAttention(): boolean {
  return hasKernel(kernels.attention);
}

/**
 * Softmax(scale · queries · keysᵀ + bias) · values, head by head, as one kernel.
 *
 * The attention weights are never kept: the backward pass computes them once more, which costs less than writing
 * them to memory and reading them back.
 *
 * @param joint - Queries, keys and values side by side, each head by head: [batch, tokens, 3 * dim].
 * @returns [batch, tokens - queriesFrom, dim]
 * @see Dao et al., FlashAttention, section 3.1, for the gradient from the output alone
 */
export function fusedAttention(joint: Tensor3D, options: FusedAttentionOptions): Tensor3D {
  const { heads, queriesFrom, keyBias } = options;
  const attributes = { heads, queriesFrom };
  const bias = keyBias ? { keyBias } : {};
  return withGradient<Tensor3D>(
    [joint],
    () => {
      const [value] = runKernel(kernels.attention, { joint, ...bias }, attributes);
      return { value: value as Tensor3D, saved: [joint, value!] };
    },
    (dy, [savedJoint, output]) =>
      runKernel(kernels.attentionGradient, { dy, output: output!, joint: savedJoint!, ...bias }, attributes),
  );
}

/**
 * Softmax over the last axis, its gradient from the weights alone: dx = y * (dy - sum(dy * y)).
 *
 * @param scores - [.., keys]
 * @returns The shape of `scores`; each row adds up to 1.
 */
export function attentionSoftmax<T extends Tensor>(scores: T): T {
  requireTensors({ scores });
  return withGradient<T>(
    [scores],
    () => {
      const weights = softmax(scores, -1);
      return { value: weights, saved: [weights] };
    },
    (dy, [weights]) => [softmaxGradient(dy, weights!)],
  );
}

function softmaxGradient(dy: Tensor, y: Tensor): Tensor {
  if (hasKernel(kernels.softmaxGradient)) return runKernel(kernels.softmaxGradient, { dy, y }, {})[0]!;
  return tidy(() => mul(y, sub(dy, sum(mul(dy, y), -1, true))));
}
