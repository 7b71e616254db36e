import { mean, reshape, slice, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Pooling } from './config.js';

/** One vector a picture out of an encoder's tokens, [batch, 1 + patches, dim] -> [batch, dim]. */
export function pooled(tokens: Tensor3D, pooling: Pooling): Tensor2D {
  const [batch, count, dim] = tokens.shape;
  if (pooling === 'cls') return reshape(slice(tokens, [0, 0, 0], [batch, 1, dim]), [batch, dim]);
  return mean(slice(tokens, [0, 1, 0], [batch, count - 1, dim]), 1) as Tensor2D;
}
