import { faultOf, invalidField, type MaybeFault, throwFaults } from '@m3ae/errors';
import type { Activations } from '@m3ae/transformer';
import {
  add,
  addN,
  div,
  eye,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';

/**
 * Which attention of an encoder is looked at.
 *
 * - `last`: the last block, mean over its heads.
 * - `mean`: all blocks and heads, mean.
 * - `rollout`: how much of each input token reaches each output token through all blocks; see {@link rollout}.
 * - `{ layer }`: one block, mean over its heads; `{ layer, head }`: one head. Both count from 0.
 */
export type AttentionChoice =
  'last' | 'mean' | 'rollout' | { readonly layer: number; readonly head?: number };

/** Numbers of blocks and heads of an encoder; a model's config fits. */
export interface EncoderSize {
  readonly depth: number;
  readonly heads: number;
}

/**
 * Each head of each block, in the order of blocks and then of heads.
 *
 * @example
 * ```ts
 * everyHead({ depth: 4, heads: 4 }).length; // 16
 * ```
 */
export function everyHead({ depth, heads }: EncoderSize): { layer: number; head: number }[] {
  return Array.from({ length: depth * heads }, (_, i) => ({ layer: Math.floor(i / heads), head: i % heads }));
}

/** What is wrong with a choice for an encoder of some size. */
export function choiceFaults(choice: AttentionChoice, { depth, heads }: EncoderSize): MaybeFault[] {
  if (typeof choice === 'string') {
    const known = ['last', 'mean', 'rollout'];
    const remedy = 'Name a layer and a head for one map.';
    return [
      !known.includes(choice) &&
        faultOf('attention', `one of ${known.join(', ')} or a layer`, choice, remedy),
    ];
  }
  const outside = (value: number, count: number) => !Number.isInteger(value) || value < 0 || value >= count;
  const { layer, head } = choice;
  return [
    outside(layer, depth) &&
      faultOf('layer', `an integer from 0 to ${depth - 1}`, layer, 'Layers count from 0, the first block.'),
    head !== undefined &&
      outside(head, heads) &&
      faultOf('head', `an integer from 0 to ${heads - 1}`, head, 'Leave it out for the mean over the heads.'),
  ];
}

/** Share of a token that passes a block by, in {@link rollout}. */
const residualShare = 0.5;

/** Weights of all blocks of the encoder, one or more, first block first: depth times [batch, heads, tokens, tokens]. */
function encoderAttention(activations: Activations): Tensor4D[] {
  const layers: Tensor4D[] = [];
  for (;;) {
    const weights = activations[`encoder.blocks.${layers.length}.attention.weights`];
    if (weights === undefined) break;
    layers.push(weights as Tensor4D);
  }
  if (layers.length > 0) return layers;
  const rule = 'those of representM3ae, with encoder.blocks.0.attention.weights';
  const names = Object.keys(activations).join(', ') || 'none';
  throw invalidField('activations', rule, names, 'Pass the activations it returned.');
}

/**
 * Attention between all tokens of an encoder, as one map.
 *
 * Runs eagerly or in a recorded function; the caller owns the result.
 *
 * @param activations - Those of `representM3ae` or `representMae`.
 * @param choice - Default `last`: the last block, mean over heads.
 * @returns [batch, tokens, tokens]; a row is the token that looks, a column the token looked at. Rows sum to 1; columns of
 * padding are 0 in rows of real tokens.
 * @throws InvalidInput if `activations` hold no attention, or the layer or head does not exist.
 *
 * @example
 * ```ts
 * const { activations } = representM3ae(params, config, { patches, tokenIds, paddingMask });
 * const attention = attentionMap(activations, 'rollout');
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, Figs. 7 and 8, which do not say which layer and head they show
 */
export function attentionMap(activations: Activations, choice: AttentionChoice = 'last'): Tensor3D {
  const layers = encoderAttention(activations);
  const heads = layers[0]!.shape[1];
  throwFaults(choiceFaults(choice, { depth: layers.length, heads }));
  return tidy(() => {
    if (choice === 'rollout') return rollout(layers);
    if (choice === 'mean') return meanOf(layers.map(overHeads));
    if (choice === 'last') return overHeads(layers.at(-1)!);
    const layer = layers[choice.layer]!;
    return choice.head === undefined ? overHeads(layer) : oneHead(layer, choice.head);
  });
}

/**
 * Attention roll-out: the product over the blocks, the last first, of half attention (mean over heads) and half
 * identity, each row divided by its sum.
 *
 * @param layers - First block first: depth times [batch, heads, tokens, tokens].
 * @returns [batch, tokens, tokens]
 *
 * @see Abnar and Zuidema, Quantifying Attention Flow in Transformers, section 4, https://arxiv.org/abs/2005.00928
 */
export function rollout(layers: readonly Tensor4D[]): Tensor3D {
  return tidy(() => {
    const tokens = layers[0]!.shape[2];
    const stays = mul(reshape(eye(tokens), [1, tokens, tokens]), residualShare);
    let flow: Tensor | undefined;
    for (const layer of layers) {
      const mixed = add(mul(overHeads(layer), 1 - residualShare), stays);
      const step = div(mixed, sum(mixed, -1, true)); // [batch, tokens, tokens]
      flow = flow ? matMul(step, flow) : step;
    }
    return flow as Tensor3D;
  });
}

/** [batch, heads, tokens, tokens] -> [batch, tokens, tokens] */
const overHeads = (layer: Tensor4D): Tensor3D => mean(layer, 1);

function oneHead(layer: Tensor4D, head: number): Tensor3D {
  const [batch, , queries, keys] = layer.shape;
  return reshape(slice(layer, [0, head, 0, 0], [batch, 1, queries, keys]), [batch, queries, keys]);
}

function meanOf(maps: readonly Tensor3D[]): Tensor3D {
  return mul(addN([...maps]), 1 / maps.length);
}
