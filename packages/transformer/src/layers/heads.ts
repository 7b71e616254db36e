import { invalidField } from '@m3ae/errors';
import { oneOf, withDefault } from '@m3ae/errors/rules';
import { gelu, layerNorm } from '@m3ae/ops';
import {
  add,
  matMul,
  mean,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { M3aeConfig } from '../config.js';
import type { HeadParams, LinearParams } from '../params.js';

/** Which vector stands for a picture: its CLS token, or the mean of its patch tokens. */
export type Pooling = 'cls' | 'mean';

/** What may stand for a picture. */
export const poolingRule = withDefault(
  oneOf(['cls', 'mean'], 'What stands for a picture; the reference and the original CLIP read "cls".'),
  'cls',
);

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

/** x [rows, inDim] -> x · kernel + bias, [rows, outDim]. */
export function linear({ kernel, bias }: LinearParams<Tensor>, x: Tensor2D): Tensor2D {
  return add(matMul(x, kernel), bias);
}

/**
 * Decoder width to pixels or logits. x: [batch, tokens, decoderDim] -> [batch, tokens, outDim].
 *
 * Without hidden layers, one linear map. Otherwise x is normalized, then each layer gives y = norm(gelu(dense(x)));
 * the first y replaces x, the later ones are added to it; the linear map comes last.
 */
export function head(params: HeadParams<Tensor>, config: M3aeConfig, x: Tensor3D): Tensor3D {
  const [batch, tokens, dim] = x.shape;
  let hidden: Tensor2D = reshape(x, [batch * tokens, dim]);
  if (params.norm) hidden = layerNorm(hidden, params.norm, config.normEpsilon);
  (params.layers ?? []).forEach(({ dense, norm }, i) => {
    const y = layerNorm(gelu(linear(dense, hidden), config.gelu), norm, config.normEpsilon);
    hidden = i === 0 ? y : add(hidden, y);
  });
  return reshape(linear(params.output, hidden), [batch, tokens, -1]);
}
