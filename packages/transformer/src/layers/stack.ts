import { layerNorm, recomputed } from '@m3ae/ops';
import { fillTree, flattenTree } from '@m3ae/tree';
import { reshape, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { M3aeConfig } from '../config.js';
import { dropPathRate, type StackNoise } from '../noise.js';
import type { BlockParams, StackParams } from '../params.js';
import { block, type BlockContext, type Recorder } from './block.js';

/** How a stack is run. */
interface StackOptions {
  readonly name: 'encoder' | 'decoder' | 'textTower';
  readonly heads: number;
  readonly keyBias?: Tensor;
  /** Whether a token sees only itself and those before it. Default false. */
  readonly causal?: boolean;
  /** The result holds only the tokens from here on; the last block then computes no other. Default 0. */
  readonly outputFrom?: number;
  readonly noise?: StackNoise<Tensor>;
  /** Whether a block keeps its input alone for the gradient, and is computed again for it. Its inner results are not recorded then. */
  readonly recompute?: boolean;
}

/** All blocks and the last normalization. x: [batch, tokens, dim] -> [batch, tokens - outputFrom, dim]. */
export function stack(
  params: StackParams<Tensor>,
  config: M3aeConfig,
  x: Tensor3D,
  options: StackOptions,
  record: Recorder,
): Tensor3D {
  const [batch, tokens, dim] = x.shape;
  const { name, heads, keyBias, causal, outputFrom = 0, noise, recompute = false } = options;
  record(`${name}.input`, x);
  const within = recompute ? () => {} : record;
  const context: BlockContext = { config, batch, tokens, heads, keyBias, causal, record: within };
  const depth = params.blocks.length;
  let carried: Tensor2D = reshape(x, [batch * tokens, dim]);
  params.blocks.forEach((blockParams, i) => {
    const from = i === depth - 1 ? outputFrom : 0;
    const rate = dropPathRate(config, i, depth);
    const run = (weights: BlockParams<Tensor>, input: Tensor2D) =>
      block(weights, input, context, `${name}.blocks.${i}`, rate, from, noise?.blocks[i]);
    carried = recompute ? runAgain(run, blockParams, carried) : run(blockParams, carried);
  });
  const output = layerNorm(carried, params.norm, config.normEpsilon);
  const result: Tensor3D = reshape(output, [batch, tokens - outputFrom, dim]);
  record(`${name}.output`, result);
  return result;
}

/** Runs a block that is computed once more for its gradient. */
function runAgain(
  run: (weights: BlockParams<Tensor>, input: Tensor2D) => Tensor2D,
  params: BlockParams<Tensor>,
  x: Tensor2D,
): Tensor2D {
  const leaves = flattenTree<Tensor>(params);
  return recomputed([x, ...leaves.map(([, leaf]) => leaf)], ([input, ...weights]) => {
    const given = new Map(leaves.map(([path], i) => [path, weights[i]!]));
    return run(fillTree<Tensor>(params, given) as BlockParams<Tensor>, input as Tensor2D);
  });
}
