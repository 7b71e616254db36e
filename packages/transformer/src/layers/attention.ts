import {
  add,
  matMul,
  mul,
  reshape,
  slice,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import { attentionSoftmax } from '../fused/softmax.js';
import type { BlockParams } from '../params.js';
import { dropout } from './dropout.js';
import { linear } from './linear.js';

/** What attention needs to know besides its input. */
export interface AttentionOptions {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  /** Added to the scores, [batch, 1, 1, tokens]: 0 for real keys, a large negative number for padding. */
  readonly keyBias?: Tensor;
  /** Queries before this token are left out; 0 unless only the last tokens of a last block are wanted. */
  readonly queriesFrom?: number;
  readonly attentionDropout: number;
  /** [batch, heads, tokens, tokens], uniform. */
  readonly noise?: Tensor;
}

/** Result of {@link attention}. */
export interface Attended {
  /** [batch * queries, dim], where queries = tokens - queriesFrom. */
  readonly output: Tensor2D;
  /** After the softmax, before dropout: [batch, heads, queries, tokens]. */
  readonly weights: Tensor4D;
}

/**
 * Multi-head self-attention. x: [batch * tokens, dim].
 *
 * The columns of the joint product are [queries | keys | values], each head by head.
 *
 * @see Vaswani et al., Attention Is All You Need, section 3.2
 */
export function attention(
  params: BlockParams<Tensor>['attention'],
  x: Tensor2D,
  options: AttentionOptions,
): Attended {
  const { batch, tokens, heads, queriesFrom = 0 } = options;
  const dim = x.shape[1];
  const headDim = dim / heads;
  const parts = reshape(linear(params.qkv, x), [batch, tokens, 3, heads, headDim]);
  const byPart = split(transpose(parts, [2, 0, 3, 1, 4]), 3, 0); // 3 of [1, batch, heads, tokens, headDim]
  const [queries, keys, values] = byPart.map((part) => reshape(part, [batch, heads, tokens, headDim]));
  const asking = fromToken(queries as Tensor4D, queriesFrom); // [batch, heads, queries, headDim]
  // Scaling the queries is cheaper than scaling the scores: there are fewer of them.
  const products = matMul(mul(asking, 1 / Math.sqrt(headDim)), keys!, false, true); // [batch, heads, queries, tokens]
  const scores = options.keyBias ? add(products, options.keyBias) : products;
  const weights = attentionSoftmax(scores as Tensor4D);
  const noise = options.noise && fromToken(options.noise as Tensor4D, queriesFrom);
  const mixed = matMul(dropout(weights, options.attentionDropout, noise), values!); // [batch, heads, queries, headDim]
  const merged = reshape(transpose(mixed, [0, 2, 1, 3]), [-1, dim]); // [batch * queries, dim]
  return { output: linear(params.projection, merged as Tensor2D), weights };
}

function fromToken(x: Tensor4D, start: number): Tensor4D {
  return start === 0 ? x : slice(x, [0, 0, start, 0]);
}
