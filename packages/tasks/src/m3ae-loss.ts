import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import { tokenCrossEntropy, weightedTokenLoss } from '@m3ae/losses';
import { gatherTokens2d } from '@m3ae/masking';
import type { LossResult } from '@m3ae/training';
import { applyM3ae, type M3aeConfig, type M3aeParams } from '@m3ae/transformer';
import {
  add,
  gather,
  mean,
  mul,
  reshape,
  type Scalar,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { ImageTensors, M3aeTensors, TextTensors } from './batch.js';
import { imageScores } from './mae.js';
import type { LossWeights } from './options.js';

/** Weights of the parts, and how the model runs for them. */
type Objective = LossWeights & { readonly recompute: boolean };

/**
 * The weighted sum of what was rebuilt of pictures and captions, and of texts without pictures.
 *
 * @throws RangeError if the batch holds no part, or half of one.
 */
export function m3aeLoss(
  params: M3aeParams<Tensor>,
  model: M3aeConfig,
  loss: Objective,
  batch: M3aeTensors,
): LossResult {
  const metrics: Record<string, Scalar> = {};
  const terms = pairedTerms(params, model, loss, batch, metrics);
  const alone = batch.unpairedText && textHalf(batch.unpairedText);
  if (alone && (loss.unpairedTextWeight > 0 || terms.length === 0)) {
    const { predict, output } = rebuild(params, model, loss, { ...alone, noise: batch.unpairedText?.noise });
    const scored = tokenLoss(output.text, alone, predict, loss);
    metrics.unpairedTextLoss = scored.loss;
    metrics.unpairedTextAccuracy = scored.accuracy;
    metrics.averageUnpairedTextLength = realTokens(alone.paddingMask);
    // A step of text alone has no other part to be weighed against.
    terms.push(
      terms.length === 0 && loss.unpairedTextWeight === 0
        ? scored.loss
        : mul(scored.loss, loss.unpairedTextWeight),
    );
  }
  if (terms.length === 0) {
    throw invalidField(
      'batch',
      'of patches, tokenIds or unpairedText',
      'none of them',
      'Leave out only what is absent.',
    );
  }
  const value = terms.reduce((total, term) => add(total, term)) as Scalar;
  return { value, metrics: { loss: value, ...metrics } };
}

function pairedTerms(
  params: M3aeParams<Tensor>,
  model: M3aeConfig,
  loss: Objective,
  batch: M3aeTensors,
  metrics: Record<string, Scalar>,
): Tensor[] {
  const [image, text] = [imageHalf(batch), textHalf(batch)];
  if (!image && !text) return [];
  const { predict, listed, output } = rebuild(params, model, loss, { ...image, ...text, noise: batch.noise });
  const terms: Tensor[] = [];
  if (image) {
    const scored = imageScores(output.image, image, predict, loss);
    Object.assign(metrics, scored);
    terms.push(mul(scored.imageLoss, loss.imageWeight));
  }
  if (text) {
    const scored =
      listed && output.text
        ? listedTokenLoss(output.text, text, listed)
        : tokenLoss(output.text, text, predict, loss);
    metrics.textLoss = scored.loss;
    metrics.textAccuracy = scored.accuracy;
    metrics.textTokenRatio = mean(sub(1, text.paddingMask));
    metrics.averageTextLength = realTokens(text.paddingMask);
    terms.push(mul(scored.loss, loss.textWeight));
  }
  return terms;
}

/** Forward pass; one choice of tokens serves both heads: hidden ones alone, unless a part that is there counts all. */
function rebuild(
  params: M3aeParams<Tensor>,
  model: M3aeConfig,
  loss: Objective,
  batch: Omit<M3aeTensors, 'unpairedText'>,
) {
  const { patches, imagePlan, tokenIds, inputIds, paddingMask, textPlan, noise } = batch;
  const all = (patches && loss.imageAllTokens) || (tokenIds && loss.textAllTokens) || inputIds !== undefined;
  const predict = all ? 'all' : 'hidden';
  const listed = all ? undefined : batch.textRows;
  const inputs = {
    ...(patches && { patches, imagePlan }),
    ...(tokenIds && { tokenIds: inputIds ?? tokenIds, paddingMask, textPlan }),
    noise,
  };
  const { output } = applyM3ae(params, model, inputs, {
    predict,
    textRows: listed?.rows,
    recompute: loss.recompute,
  });
  return { predict, listed, output } as const;
}

/**
 * The picture half of a batch, where there is one.
 *
 * @throws RangeError if only a part of it is there.
 */
function imageHalf({ patches, imagePlan, imageIds }: Partial<ImageTensors>): ImageTensors | undefined {
  if (!patches && !imagePlan) return undefined;
  requireAll({ patches, imagePlan });
  return { patches: patches!, imagePlan: imagePlan!, imageIds };
}

/**
 * The text half of a batch, where there is one.
 *
 * @throws RangeError if only a part of it is there.
 */
function textHalf(batch: Partial<TextTensors>): TextTensors | undefined {
  const { tokenIds, paddingMask, textPlan, inputIds, textRows } = batch;
  if (!tokenIds && !paddingMask && !textPlan) return undefined;
  requireAll({ tokenIds, paddingMask, textPlan });
  return { tokenIds: tokenIds!, paddingMask: paddingMask!, textPlan: textPlan!, inputIds, textRows };
}

function requireAll(parts: Readonly<Record<string, unknown>>): void {
  const remedy = 'Pass a plan of @m3ae/masking beside patches and token ids.';
  const missing = Object.keys(parts).filter((name) => parts[name] === undefined);
  throwFaults(missing.map((name) => faultOf(`batch.${name}`, 'there', 'nothing', remedy)));
}

/** logits: [batch, textLength or hidden, vocab], absent where nothing is hidden: a loss of 0. */
function tokenLoss(
  logits: Tensor3D | undefined,
  { tokenIds, paddingMask, textPlan }: TextTensors,
  predict: 'all' | 'hidden',
  loss: LossWeights,
): { loss: Scalar; accuracy: Scalar } {
  if (!logits) return { loss: scalar(0), accuracy: scalar(0) };
  const real: Tensor2D = sub(1, paddingMask); // 1 = real token
  if (predict === 'hidden') {
    return tokenCrossEntropy(
      logits,
      gatherTokens2d(tokenIds, 'hidden', textPlan),
      gatherTokens2d(real, 'hidden', textPlan),
    );
  }
  const counted = loss.textAllTokens ? real : (mul(real, textPlan.mask) as Tensor2D);
  return tokenCrossEntropy(logits, tokenIds, counted);
}

/** logits: [1, rows, vocab] */
function listedTokenLoss(
  logits: Tensor3D,
  { tokenIds, textPlan }: TextTensors,
  { rows, weights }: NonNullable<TextTensors['textRows']>,
): { loss: Scalar; accuracy: Scalar } {
  const hidden = gatherTokens2d(tokenIds, 'hidden', textPlan); // [batch, hidden]
  const labels: Tensor1D = gather(reshape(hidden, [hidden.size]), rows);
  return weightedTokenLoss(reshape(logits, [logits.shape[1], logits.shape[2]]), labels, weights);
}

/** Mean number of real tokens of an example: []. */
function realTokens(paddingMask: Tensor2D): Scalar {
  return mean(sum(sub(1, paddingMask), -1));
}
