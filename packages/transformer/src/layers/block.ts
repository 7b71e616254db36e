import { gelu, layerNorm } from '@m3ae/ops';
import { add, reshape, slice, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { BlockNoise } from '../noise.js';
import type { BlockParams } from '../params.js';
import { attention } from './attention.js';
import { dropout, dropPath } from './dropout.js';
import { linear } from './linear.js';
import type { StackContext } from './stack.js';

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
  context: StackContext,
  name: string,
  pathRate: number,
  queriesFrom: number,
  noise: BlockNoise<Tensor> = {},
): Tensor2D {
  const { config, batch, tokens, heads, keyBias, causal, record } = context;
  const { normEpsilon, attentionDropout } = config;
  const queries = tokens - queriesFrom;
  const inShape = [batch, queries, x.shape[1]];
  const drop = (y: Tensor2D, uniform: Tensor | undefined) =>
    dropout(y, config.dropout, uniform && fromToken(uniform, queriesFrom, y.shape[1]));

  const attended = attention(params.attention, layerNorm(x, params.norm1, normEpsilon), {
    batch,
    tokens,
    heads,
    keyBias,
    causal,
    queriesFrom,
    attentionDropout,
    noise: noise.attention,
  });
  record(`${name}.attention.weights`, attended.weights);
  const attentionOutput = drop(attended.output, noise.projection);
  record(`${name}.attention.output`, attentionOutput, inShape);
  const carried = fromToken(reshape(x, [batch, tokens, x.shape[1]]), queriesFrom, x.shape[1]);
  const between: Tensor2D = add(carried, dropPath(attentionOutput, pathRate, noise.attentionPath));

  const hidden = gelu(linear(params.mlp.hidden, layerNorm(between, params.norm2, normEpsilon)), config.gelu);
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
