import { gelu, layerNorm } from '@m3ae/ops';
import { add, matMul, reshape, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { M3aeConfig } from '../config.js';
import type { HeadParams, LinearParams } from '../params.js';

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
