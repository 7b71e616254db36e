import { add, mean, mul, sub, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { applyM3ae, applyMae, type M3aeConfig, type M3aeParams, type MaeParams } from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import { type ListedTokens, listedTokenLoss, patchLoss, realTokens, tokenLoss } from './part-losses.js';
import { requirePictures, requireText } from './require.js';
import { classifierLoss } from './classifier-loss.js';
import { clipLoss } from './clip-loss.js';
import type { LossFunction, LossResult } from './loss-result.js';
import { classifierModel, clipModel } from './model.js';
import type { LossConfig, Method, StepBatch, TextBatch } from './types.js';

/**
 * Assembles the objective of a method; that of `m3ae` and `mae` is spec section 4.
 *
 * The heads run on hidden tokens alone unless an all-token option asks for the others: with a vocabulary of
 * 30,522 the text logits are the widest tensor of the whole step.
 *
 * @param loss - Counts for `m3ae` and `mae` alone; a contrast and a cross-entropy have no parts to weigh.
 * @returns A function of parameters and batch; its metrics are `loss`, those of {@link clipLoss} and
 * {@link classifierLoss}, and for `m3ae` and `mae` as far as the batch has the part: `imageLoss`, `textLoss`, `textAccuracy`, `textTokenRatio` (share of real tokens), `averageTextLength`,
 * `unpairedTextLoss`, `unpairedTextAccuracy`, `averageUnpairedTextLength`.
 */
export function lossFunction(method: Method, model: M3aeConfig, loss: LossConfig): LossFunction {
  switch (method) {
    case 'm3ae':
      return (params, batch) => m3aeLoss(params, model, loss, batch);
    case 'mae':
      return (params, batch) => maeLoss(params, model, loss, batch);
    case 'clip':
      return clipLoss(clipModel(model));
    case 'supervised':
      return classifierLoss(classifierModel(model));
  }
}

function maeLoss(
  params: Tree<Tensor>,
  model: M3aeConfig,
  loss: LossConfig,
  batch: StepBatch<Tensor>,
): LossResult {
  const { patches, imagePlan } = requirePictures(batch);
  const predict = loss.imageAllTokens ? 'all' : 'hidden';
  const { output } = applyMae(
    params as MaeParams<Tensor>,
    model,
    { patches, imagePlan, noise: batch.noise },
    { predict },
  );
  const imageLoss = patchLoss(output.image, patches, imagePlan, predict, loss);
  const value = mul(imageLoss, loss.imageWeight) as Scalar;
  return { value, aux: { loss: value, imageLoss } };
}

function m3aeLoss(
  params: Tree<Tensor>,
  model: M3aeConfig,
  loss: LossConfig,
  batch: StepBatch<Tensor>,
): LossResult {
  const paired = pairedTerms(params as M3aeParams<Tensor>, model, loss, batch);
  const unpaired =
    batch.unpairedText && loss.unpairedTextWeight > 0
      ? textTerms(params as M3aeParams<Tensor>, model, loss, batch.unpairedText)
      : undefined;
  const terms = [...paired.terms, ...(unpaired ? [mul(unpaired.loss, loss.unpairedTextWeight)] : [])];
  const value = terms.reduce((total, term) => add(total, term)) as Scalar;
  return {
    value,
    aux: {
      loss: value,
      ...paired.metrics,
      ...(unpaired && {
        unpairedTextLoss: unpaired.loss,
        unpairedTextAccuracy: unpaired.accuracy,
        averageUnpairedTextLength: realTokens(batch.unpairedText!.paddingMask as Tensor2D),
      }),
    },
  };
}

function pairedTerms(
  params: M3aeParams<Tensor>,
  model: M3aeConfig,
  loss: LossConfig,
  batch: StepBatch<Tensor>,
) {
  const hasPictures = batch.patches !== undefined;
  const hasText = batch.tokenIds !== undefined;
  if (!hasPictures && !hasText) {
    throw new RangeError(
      'batch must hold patches or tokenIds; received neither. Leave out only one of them.',
    );
  }
  const predict = predictedTokens(loss, hasPictures, hasText);
  const listed = predict === 'hidden' ? (batch.textRows as ListedTokens | undefined) : undefined;
  const { output } = applyM3ae(
    params,
    model,
    {
      ...(hasPictures && requirePictures(batch)),
      ...(hasText && requireText(batch)),
      noise: batch.noise,
    },
    { predict, textRows: listed?.rows },
  );
  const terms: Tensor[] = [];
  const metrics: Record<string, Scalar> = {};
  if (hasPictures) {
    const { patches, imagePlan } = requirePictures(batch);
    metrics.imageLoss = patchLoss(output.image, patches, imagePlan, predict, loss);
    terms.push(mul(metrics.imageLoss, loss.imageWeight));
  }
  if (hasText) {
    const text = requireText(batch);
    const scored =
      listed && output.text
        ? listedTokenLoss(output.text, text, listed)
        : tokenLoss(output.text, text, predict, loss);
    metrics.textLoss = scored.loss;
    metrics.textAccuracy = scored.accuracy;
    metrics.textTokenRatio = mean(sub(1, text.paddingMask)) as Scalar;
    metrics.averageTextLength = realTokens(text.paddingMask);
    terms.push(mul(scored.loss, loss.textWeight));
  }
  return { terms, metrics };
}

function textTerms(
  params: M3aeParams<Tensor>,
  model: M3aeConfig,
  loss: LossConfig,
  batch: TextBatch<Tensor>,
) {
  const text = requireText(batch);
  const predict = predictedTokens(loss, false, true);
  const { output } = applyM3ae(params, model, { ...text, noise: batch.noise }, { predict });
  return tokenLoss(output.text, text, predict, loss);
}

/** One choice serves both heads: hidden tokens alone, unless an option of a part that is there counts all. */
function predictedTokens(loss: LossConfig, hasPictures: boolean, hasText: boolean): 'all' | 'hidden' {
  return (hasPictures && loss.imageAllTokens) || (hasText && loss.textAllTokens) ? 'all' : 'hidden';
}
