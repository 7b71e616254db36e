import { lookUp } from '@m3ae/ops';
import {
  add,
  concat,
  reshape,
  split,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import { restoreTokens, wholePlan } from '@m3ae/masking';
import type { Recorder } from '../layers/block.js';
import { stack } from '../layers/stack.js';
import type { M3aeConfig } from '../config.js';
import { head, linear } from '../layers/heads.js';
import type { StackNoise } from '../noise.js';
import type { AnyParams } from '../params.js';
import type { Modality } from './inputs.js';
import { forEachExample, paddingBias, paddingPiece, placeCodes } from './places-and-padding.js';

/** What the decoder predicts: pixels or codes [batch, tokens, …], logits [batch, tokens, vocab]. */
export interface Predictions {
  readonly image?: Tensor3D;
  readonly text?: Tensor3D;
}

interface DecoderRun {
  readonly params: AnyParams<Tensor>;
  readonly config: M3aeConfig;
  readonly parts: readonly Modality[];
  readonly batch: number;
  readonly noise: StackNoise<Tensor> | undefined;
  readonly record: Recorder;
  /** Text tokens that get logits, of [batch * tokens]. */
  readonly textRows?: Tensor1D;
  readonly recompute?: boolean;
}

/** Encoder output to the decoder's width, by one map for CLS, image and text: [batch, 1 + kept, decoderDim]. */
function project({ params, batch }: DecoderRun, encoded: Tensor3D): Tensor3D {
  const flat: Tensor2D = reshape(encoded, [batch * encoded.shape[1], encoded.shape[2]]);
  return reshape(linear(params.decoderProjection, flat), [batch, encoded.shape[1], -1]);
}

/** Predicts every token, in place order. */
export function decodeAll(run: DecoderRun, encoded: Tensor3D): Predictions {
  const { parts, batch } = run;
  const pieces = splitTokens(project(run, encoded), [1, ...parts.map((part) => part.keep)]);
  const sequence = [pieces[0]!];
  parts.forEach((part, i) => {
    const restored = restore(run, part, pieces[i + 1]);
    sequence.push(add(restored, codesWithType(run, part, 'all')));
  });
  const keyBias = paddingBias([{ tokens: 1 }, ...parts.map((part) => paddingPiece(part, 'all'))], batch);
  const decoded = runBlocks(run, concat(sequence, 1), keyBias);
  const outputs = splitTokens(decoded, [1, ...parts.map((part) => part.tokens)]);
  return predictions({ ...run, textRows: undefined }, outputs.slice(1));
}

/**
 * Predicts the hidden tokens alone, in the order of `plan.idsHidden`.
 *
 * Attention does not care about order, so nothing is put back in place: the sequence is [CLS, visible, hidden] and
 * the place codes are shuffled with it. The last block computes no visible token.
 */
export function decodeHidden(run: DecoderRun, encoded: Tensor3D): Predictions {
  const { params, config, parts, batch } = run;
  const masked = parts.filter((part) => part.hidden > 0);
  if (masked.length === 0) return {};
  const shown = parts.filter((part) => part.keep > 0);
  const origin = zeros([1, 1, config.decoderDim]) as Tensor3D; // CLS has no place
  const visibleCodes = [origin, ...shown.map((part) => codesWithType(run, part, 'keep'))];
  const visible: Tensor3D = add(project(run, encoded), joinRows(visibleCodes, batch)); // [batch, 1 + kept, decoderDim]
  const hidden = masked.map((part) => {
    const codes = forEachExample(placeCodes(part, config.decoderDim, 'hidden'), batch);
    const { maskToken, type } = learned(params, part);
    return add(codes, type ? add(maskToken, type) : maskToken) as Tensor3D; // [batch, hidden, decoderDim]
  });
  const padding = [
    { tokens: 1 },
    ...parts.map((part) => paddingPiece(part, 'keep')),
    ...masked.map((part) => paddingPiece(part, 'hidden')),
  ];
  const tokens: Tensor3D = concat([visible, ...hidden], 1);
  const decoded = runBlocks(run, tokens, paddingBias(padding, batch), visible.shape[1]);
  const lengths = masked.map((part) => part.hidden);
  return predictions({ ...run, parts: masked }, splitTokens(decoded, lengths));
}

/** [batch, tokens, decoderDim] -> [batch, tokens - outputFrom, decoderDim] */
function runBlocks(
  { params, config, noise, record, recompute }: DecoderRun,
  tokens: Tensor3D,
  keyBias: Tensor | undefined,
  outputFrom = 0,
): Tensor3D {
  const heads = config.decoderHeads;
  const options = { name: 'decoder', heads, keyBias, outputFrom, noise, recompute } as const;
  return stack(params.decoder, config, tokens, options, record);
}

/** Visible tokens back in place, mask tokens between them: [batch, tokens, decoderDim]. */
function restore({ params, batch }: DecoderRun, part: Modality, visible: Tensor3D | undefined): Tensor3D {
  if (!part.plan) return visible!;
  const { maskToken } = learned(params, part);
  if (!visible) return add(maskToken, zeros([batch, part.tokens, 1]));
  return restoreTokens(visible, maskToken, wholePlan(part.plan));
}

/** Place codes plus the type embedding: [rows, count, decoderDim]. */
function codesWithType({ params, config }: DecoderRun, part: Modality, which: 'all' | 'keep'): Tensor3D {
  const codes = placeCodes(part, config.decoderDim, which);
  const { type } = learned(params, part);
  return type ? add(codes, type) : codes;
}

function learned(params: AnyParams<Tensor>, { name }: Modality): { maskToken: Tensor; type?: Tensor } {
  return name === 'image'
    ? { maskToken: params.imageMaskToken, type: params.types?.decoderImage }
    : { maskToken: params.textMaskToken!, type: params.types?.decoderText };
}

function predictions(
  { params, config, parts, textRows }: DecoderRun,
  outputs: readonly (Tensor3D | undefined)[],
): Predictions {
  return Object.fromEntries(
    parts.map(({ name }, i) => {
      const headParams = name === 'image' ? params.imageHead : params.textHead!;
      const predicted = name === 'text' && textRows ? someTokens(outputs[i]!, textRows) : outputs[i]!;
      return [name, head(headParams, config, predicted)];
    }),
  );
}

/** x [batch, tokens, dim] -> the tokens at some places of [batch * tokens], [1, rows, dim]. */
function someTokens(x: Tensor3D, rows: Tensor1D): Tensor3D {
  const flat: Tensor2D = reshape(x, [-1, x.shape[2]]);
  return reshape(lookUp(flat, rows), [1, rows.shape[0], x.shape[2]]);
}

/** Joins [1 or batch, count, dim] along the tokens, with one row if each has one. */
function joinRows(pieces: Tensor3D[], batch: number): Tensor3D {
  const shared = pieces.every((piece) => piece.shape[0] === 1);
  return concat(shared ? pieces : pieces.map((piece) => forEachExample(piece, batch)), 1);
}

/** Cuts [batch, tokens, dim] into stretches; an empty one is undefined. */
function splitTokens(x: Tensor3D, lengths: readonly number[]): (Tensor3D | undefined)[] {
  const filled = lengths.filter((length) => length > 0);
  const pieces = filled.length === 1 ? [x] : split(x, filled, 1);
  let next = 0;
  return lengths.map((length) => (length > 0 ? (pieces[next++] as Tensor3D) : undefined));
}
