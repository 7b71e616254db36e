import { attentionSoftmax, canFuseAttention, fusedAttention, gelu, layerNorm } from '@m3ae/ops';
import {
  add,
  cast,
  floor,
  greaterEqual,
  matMul,
  mul,
  reshape,
  slice,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor4d,
  transpose,
} from '@tensorflow/tfjs-core';
import type { M3aeConfig } from '../config.js';
import type { BlockNoise } from '../noise.js';
import type { BlockParams } from '../params.js';
import { linear } from './heads.js';

/** Named intermediate results, such as `encoder.blocks.3.attention.weights`. */
export type Activations = Record<string, Tensor>;

/** Keeps a tensor under a name, seen in `shape` if one is given. */
export type Recorder = (name: string, value: Tensor, shape?: number[]) => void;

/** A recorder that fills `activations`. */
export function recordInto(activations: Activations): Recorder {
  return (name, value, shape) => {
    activations[name] = shape ? reshape(value, shape) : value;
  };
}

/** What all blocks of a stack share. */
export interface BlockContext {
  readonly config: M3aeConfig;
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  /** Added to the scores, [batch, 1, 1, tokens]: 0 for real keys, a large negative number for padding. */
  readonly keyBias?: Tensor;
  /** Whether a token sees only itself and those before it. */
  readonly causal?: boolean;
  readonly record: Recorder;
}

/**
 * One pre-norm transformer block: x + DropPath(attention(norm(x))), then x + DropPath(mlp(norm(x))).
 *
 * @param x - [batch * tokens, dim]
 * @param pathRate - Share of examples that skip a branch of this block.
 * @param queriesFrom - The result holds only the tokens from here on; 0 for all of them.
 * @returns [batch * (tokens - queriesFrom), dim]
 */
export function block(
  params: BlockParams<Tensor>,
  x: Tensor2D,
  context: BlockContext,
  name: string,
  pathRate: number,
  queriesFrom: number,
  noise: BlockNoise<Tensor> = {},
): Tensor2D {
  const { config, batch, tokens, record } = context;
  const queries = tokens - queriesFrom;
  const inShape = [batch, queries, x.shape[1]];
  const drop = (y: Tensor2D, uniform: Tensor | undefined) =>
    dropout(y, config.dropout, uniform && fromToken(uniform, queriesFrom, y.shape[1]));

  const normed = layerNorm(x, params.norm1, config.normEpsilon);
  const attended = attention(params.attention, normed, context, queriesFrom, noise.attention);
  record(`${name}.attention.weights`, attended.weights);
  const attentionOutput = drop(attended.output, noise.projection);
  record(`${name}.attention.output`, attentionOutput, inShape);
  const carried = fromToken(reshape(x, [batch, tokens, x.shape[1]]), queriesFrom, x.shape[1]);
  const between: Tensor2D = add(carried, dropPath(attentionOutput, pathRate, noise.attentionPath));

  const hidden = gelu(
    linear(params.mlp.hidden, layerNorm(between, params.norm2, config.normEpsilon)),
    config.gelu,
  );
  record(`${name}.mlp.hidden`, hidden, [batch, queries, hidden.shape[1]]);
  const mlpOutput = drop(linear(params.mlp.output, drop(hidden, noise.hidden)), noise.output);
  record(`${name}.mlp.output`, mlpOutput, inShape);
  const output: Tensor2D = add(between, dropPath(mlpOutput, pathRate, noise.mlpPath));
  record(`${name}.output`, output, inShape);
  return output;
}

/** x [batch, tokens, dim] -> its tokens from `start` on, [batch * (tokens - start), dim]. */
function fromToken(x: Tensor, start: number, dim: number): Tensor2D {
  const kept = start === 0 ? x : slice(x, [0, start, 0]);
  return reshape(kept, [-1, dim]);
}

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

/**
 * Multi-head self-attention. x: [batch * tokens, dim].
 *
 * The columns of the joint product are [queries | keys | values], each head by head.
 *
 * @param noise - [batch, heads, tokens, tokens], uniform.
 * @returns `output` [batch * queries, dim], where queries = tokens - queriesFrom; `weights` after the softmax and
 * before dropout, [batch, heads, queries, tokens].
 *
 * @see Vaswani et al., Attention Is All You Need, section 3.2
 */
function attention(
  params: BlockParams<Tensor>['attention'],
  x: Tensor2D,
  { config, batch, tokens, heads, keyBias, causal = false }: BlockContext,
  queriesFrom: number,
  noise: Tensor | undefined,
): { readonly output: Tensor2D; readonly weights: Tensor4D } {
  const dim = x.shape[1];
  const joint: Tensor3D = reshape(linear(params.qkv, x), [batch, tokens, 3 * dim]);
  const { asking, keys, values } = splitHeads(joint, heads, queriesFrom);
  // Scaling the queries is cheaper than scaling the scores: there are fewer of them.
  const products = matMul(mul(asking, 1 / Math.sqrt(dim / heads)), keys, false, true); // [batch, heads, queries, tokens]
  const padded = keyBias ? add(products, keyBias) : products;
  const scores = causal ? add(padded, laterKeysBias(tokens, queriesFrom)) : padded;
  const weights = attentionSoftmax(scores as Tensor4D);
  if (config.attentionDropout === 0 && !causal && canFuseAttention()) {
    // Where nobody reads the weights, the compiler drops them and what led to them.
    const fused = fusedAttention(joint, { heads, queriesFrom, keyBias });
    return { output: linear(params.projection, reshape(fused, [-1, dim])), weights };
  }
  const uniform = noise && fromQuery(noise as Tensor4D, queriesFrom);
  const mixed = matMul(dropout(weights, config.attentionDropout, uniform), values); // [batch, heads, queries, headDim]
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
  return { asking: fromQuery(queries!, queriesFrom), keys: keys!, values: values! };
}

function fromQuery(x: Tensor4D, start: number): Tensor4D {
  return start === 0 ? x : slice(x, [0, 0, start, 0]);
}
