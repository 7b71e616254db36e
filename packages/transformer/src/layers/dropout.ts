import { add, cast, floor, greaterEqual, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Zeroes a share `rate` of the elements and divides the others by 1 - rate.
 *
 * @param noise - Uniform in [0, 1), as many elements as `x`; nothing is dropped without it.
 */
export function dropout<T extends Tensor>(x: T, rate: number, noise: Tensor | undefined): T {
  if (noise === undefined || rate === 0) return x;
  const kept = cast(greaterEqual(reshape(noise, x.shape), rate), 'float32');
  return mul(x, mul(kept, 1 / (1 - rate)));
}

/**
 * Skips a whole residual branch for a share `rate` of the examples and divides it by 1 - rate for the others.
 *
 * @param branch - [batch * tokens, dim], or any shape whose size divides by the batch.
 * @param noise - Uniform in [0, 1), [batch]; nothing is skipped without it.
 *
 * @see Huang et al., Deep Networks with Stochastic Depth, https://arxiv.org/abs/1603.09382
 */
export function dropPath<T extends Tensor>(branch: T, rate: number, noise: Tensor | undefined): T {
  if (noise === undefined || rate === 0) return branch;
  const factor = mul(floor(add(noise, 1 - rate)), 1 / (1 - rate)); // [batch]
  const perExample = reshape(branch, [noise.size, -1]); // [batch, tokens * dim]
  return reshape(mul(perExample, reshape(factor, [-1, 1])), branch.shape) as T;
}
