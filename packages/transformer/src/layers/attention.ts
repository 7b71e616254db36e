import { attentionSoftmax, canFuseAttention, fusedAttention } from '@m3ae/ops';
import {
  add,
  matMul,
  mul,
  reshape,
  slice,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor4d,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
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
  /** Whether a token sees only itself and those before it. */
  readonly causal?: boolean;
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
  const { batch, tokens, heads, queriesFrom = 0, keyBias, causal = false } = options;
  const dim = x.shape[1];
  const joint: Tensor3D = reshape(linear(params.qkv, x), [batch, tokens, 3 * dim]);
  const { asking, keys, values } = splitHeads(joint, heads, queriesFrom);
  // Scaling the queries is cheaper than scaling the scores: there are fewer of them.
  const products = matMul(mul(asking, 1 / Math.sqrt(dim / heads)), keys, false, true); // [batch, heads, queries, tokens]
  const padded = keyBias ? add(products, keyBias) : products;
  const scores = causal ? add(padded, laterKeysBias(tokens, queriesFrom)) : padded;
  const weights = attentionSoftmax(scores as Tensor4D);
  if (options.attentionDropout === 0 && !causal && canFuseAttention()) {
    // Where nobody reads the weights, the compiler drops them and what led to them.
    const fused = fusedAttention(joint, { heads, queriesFrom, keyBias });
    return { output: linear(params.projection, reshape(fused, [-1, dim])), weights };
  }
  const noise = options.noise && fromToken(options.noise as Tensor4D, queriesFrom);
  const mixed = matMul(dropout(weights, options.attentionDropout, noise), values); // [batch, heads, queries, headDim]
  const merged = reshape(transpose(mixed, [0, 2, 1, 3]), [-1, dim]); // [batch * queries, dim]
  return { output: linear(params.projection, merged as Tensor2D), weights };
}

/** What to add to scores so that no token sees a later one: [1, 1, queries, tokens]. */
function laterKeysBias(tokens: number, queriesFrom: number): Tensor4D {
  const queries = tokens - queriesFrom;
  const values = Float32Array.from({ length: queries * tokens }, (_, at) =>
    at % tokens > queriesFrom + Math.floor(at / tokens) ? -1e9 : 0,
  );
  return tensor4d(values, [1, 1, queries, tokens]);
}

/** joint [batch, tokens, 3 * dim] -> queries from a token on, keys, values, each [batch, heads, .., headDim]. */
function splitHeads(joint: Tensor3D, heads: number, queriesFrom: number) {
  const [batch, tokens, width] = joint.shape;
  const headDim = width / 3 / heads;
  const parts = transpose(reshape(joint, [batch, tokens, 3, heads, headDim]), [2, 0, 3, 1, 4]);
  const [queries, keys, values] = split(parts, 3, 0) // 3 of [1, batch, heads, tokens, headDim]
    .map((part) => reshape(part, [batch, heads, tokens, headDim]) as Tensor4D);
  return { asking: fromToken(queries!, queriesFrom), keys: keys!, values: values! };
}

function fromToken(x: Tensor4D, start: number): Tensor4D {
  return start === 0 ? x : slice(x, [0, 0, start, 0]);
}
