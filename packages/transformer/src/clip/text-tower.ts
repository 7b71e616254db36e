import { lookUp, requireTensors } from '@m3ae/ops';
import {
  add,
  concat,
  div,
  matMul,
  maximum,
  mul,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { faultOf, requireRecord, throwFaults } from '@m3ae/errors';
import type { Recorder } from '../layers/block.js';
import { stack } from '../layers/stack.js';
import { textFaults } from '../model/inputs.js';
import { forEachExample, paddingBias } from '../model/places-and-padding.js';
import type { StackNoise } from '../noise.js';
import type { TextTowerParams } from '../params.js';
import { positions1d } from '../positions.js';
import type { ClipConfig } from './config.js';

/** A batch of texts. */
export interface TextInputs {
  /** int32 [batch, textLength], at most `textTower.length` long. */
  readonly tokenIds: Tensor2D;
  /** 1 = padding, 0 = real, padding last: [batch, textLength]; without it every token is real. */
  readonly paddingMask?: Tensor2D;
}

/** @throws RangeError with one line for each fault of shape. */
export function checkText(inputs: TextInputs, { textTower }: ClipConfig, batch?: number): void {
  requireRecord('inputs', inputs, 'tokenIds, paddingMask', 'Pass tensors by name.');
  const { tokenIds, paddingMask } = inputs;
  requireTensors({ tokenIds }, { paddingMask });
  const { rank, shape } = tokenIds;
  const isMisshapen =
    rank !== 2 || (batch !== undefined && shape[0] !== batch) || shape[1] > textTower.length;
  const rule = `[${batch ?? 'batch'}, textLength] with textLength up to ${textTower.length}`;
  const remedy = 'Cut longer texts off; give each picture one text.';
  const misshapen = isMisshapen && faultOf('tokenIds', rule, `[${shape}]`, remedy);
  throwFaults(textFaults(tokenIds, paddingMask, misshapen));
}

/** One vector a text: [batch, textTower.dim]. A text without a real token gives zeros, but with a CLS token. */
export function encodeText(
  params: TextTowerParams<Tensor>,
  config: ClipConfig,
  { tokenIds, paddingMask }: TextInputs,
  noise: StackNoise<Tensor> | undefined,
  record: Recorder,
  recompute = false,
): Tensor2D {
  const [batch, length] = tokenIds.shape;
  const { dim, heads, attention, pooling } = config.textTower;
  const padding = paddingMask ?? zerosLike(tokenIds);
  const rows = lookUp(params.table as Tensor2D, reshape(tokenIds, [batch * length]));
  const placed: Tensor3D = add(reshape(rows, [batch, length, dim]), placesOf(params, config, length));
  const cls = pooling === 'cls' ? [forEachExample(params.clsToken!, batch)] : [];
  const sequence = concat([...cls, placed], 1); // [batch, tokens, dim]
  // Padding comes last: with causal attention no real token sees it.
  const causal = attention === 'causal';
  const pieces = [{ tokens: cls.length }, { tokens: length, padding: paddingMask }];
  const keyBias = causal ? undefined : paddingBias(pieces, batch);
  const encoded = stack(
    params.stack,
    config,
    sequence,
    { name: 'textTower', heads, keyBias, causal, noise, recompute },
    record,
  );
  if (pooling === 'cls') return reshape(slice(encoded, [0, 0, 0], [batch, 1, dim]), [batch, dim]);
  const shares = pooling === 'last' ? lastReal(padding) : shareOfReal(padding); // [batch, length]
  return reshape(matMul(reshape(shares, [batch, 1, length]), encoded), [batch, dim]);
}

/** [length, dim] */
function placesOf(params: TextTowerParams<Tensor>, { textTower }: ClipConfig, length: number): Tensor {
  const { dim } = textTower;
  if (params.positions) return slice(params.positions, [0, 0], [length, dim]);
  return tensor2d(positions1d(length, dim), [length, dim]);
}

/** 1 at the last real token of each text, else 0: [batch, length]. */
function lastReal(padding: Tensor2D): Tensor2D {
  const [batch, length] = padding.shape;
  const real: Tensor2D = sub(1, padding);
  if (length === 1) return real;
  const next = concat([slice(real, [0, 1], [batch, length - 1]), zeros([batch, 1])], 1);
  return mul(real, sub(1, next));
}

/** The same share for each real token of a text, 0 for padding: [batch, length]. */
function shareOfReal(padding: Tensor2D): Tensor2D {
  const real = sub(1, padding);
  return div(real, maximum(sum(real, -1, true), 1));
}
