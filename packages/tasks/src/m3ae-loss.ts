import { invalidField } from '@m3ae/errors';
import type { LossResult } from '@m3ae/training';
import { applyM3ae, type M3aeConfig, type M3aeParams } from '@m3ae/transformer';
import { add, mean, mul, type Scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { imageHalf, type M3aeTensors, textHalf, type TextTensors } from './batch.js';
import type { LossWeights } from './loss-weights.js';
import { imageScores, listedTokenLoss, realTokens, tokenLoss } from './part-losses.js';

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
  const listed: TextTensors['textRows'] = all ? undefined : batch.textRows;
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
