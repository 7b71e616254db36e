import { invalidField } from '@m3ae/errors';
import { mean, reshape, slice, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';

/** Which vector stands for a picture: its CLS token, or the mean of its patch tokens. */
export type Pooling = 'cls' | 'mean';

/**
 * One vector a picture, out of an encoder's tokens.
 *
 * @param tokens - CLS at 0, then the patches: [batch, 1 + patches, dim].
 * @returns [batch, dim]
 * @throws RangeError if `pooling` is neither.
 */
export function poolTokens(tokens: Tensor3D, pooling: Pooling): Tensor2D {
  if (pooling !== 'cls' && pooling !== 'mean')
    throw invalidField('pooling', 'cls or mean', pooling, "The reference reads 'cls'.");
  return tidy(() => {
    const [batch, count, dim] = tokens.shape;
    if (pooling === 'cls') return reshape(slice(tokens, [0, 0, 0], [batch, 1, dim]), [batch, dim]);
    return mean<Tensor2D>(slice(tokens, [0, 1, 0], [batch, count - 1, dim]), 1);
  });
}
