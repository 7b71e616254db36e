import {
  add,
  gather,
  mean,
  mul,
  ones,
  reshape,
  scalar,
  sub,
  sum,
  zeros,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { normalizeTargets, patchMse, tokenCrossEntropy, weightedTokenLoss } from '@m3ae/losses';
import { gatherTokens, gatherTokens2d, type MaskPlan } from '@m3ae/masking';
import type { ImageTensors, TextTensors } from './batch.js';
import type { LossWeights } from './loss-weights.js';

/** prediction: [batch, patches or hidden, patchDim], absent where nothing is hidden: a loss of 0. */
function patchLoss(
  prediction: Tensor3D | undefined,
  patches: Tensor3D,
  plan: MaskPlan<Tensor2D>,
  predict: 'all' | 'hidden',
  loss: LossWeights,
): Scalar {
  if (!prediction) return scalar(0);
  const target = loss.normalizeTargets ? normalizeTargets(patches) : patches;
  if (predict === 'hidden') return patchMse(prediction, gatherTokens(target, 'hidden', plan)); // all of them count
  return loss.imageAllTokens
    ? patchMse(prediction, target)
    : patchMse(prediction, target, rowPerExample(plan.mask, patches.shape[0]));
}

/** logits: [batch, patches or hidden, codes], absent where nothing is hidden: a loss of 0. Every counted patch has a code. */
function codeLoss(
  logits: Tensor3D | undefined,
  imageIds: Tensor2D,
  plan: MaskPlan<Tensor2D>,
  predict: 'all' | 'hidden',
  loss: LossWeights,
): { loss: Scalar; accuracy: Scalar } {
  if (!logits) return { loss: scalar(0), accuracy: scalar(0) };
  const ids = predict === 'hidden' ? gatherTokens2d(imageIds, 'hidden', plan) : imageIds;
  const every = predict === 'hidden' || loss.imageAllTokens;
  return tokenCrossEntropy(
    logits,
    ids,
    every ? ones([ids.shape[0], ids.shape[1]]) : rowPerExample(plan.mask, ids.shape[0]),
  );
}

/** The loss of a picture's part, by pixels or by codes; with codes, how many were guessed right. */
export function imageScores(
  prediction: Tensor3D | undefined,
  { patches, imagePlan, imageIds }: ImageTensors,
  predict: 'all' | 'hidden',
  loss: LossWeights,
): { imageLoss: Scalar; imageAccuracy?: Scalar } {
  if (!imageIds) return { imageLoss: patchLoss(prediction, patches, imagePlan, predict, loss) };
  const scored = codeLoss(prediction, imageIds, imagePlan, predict, loss);
  return { imageLoss: scored.loss, imageAccuracy: scored.accuracy };
}

/** logits: [batch, textLength or hidden, vocab], absent where nothing is hidden: a loss of 0. */
export function tokenLoss(
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

/** Hidden tokens by place in [batch * hidden], with their weights: both [rows]. */
export interface ListedTokens {
  readonly rows: Tensor1D;
  readonly weights: Tensor1D;
}

/** logits: [1, rows, vocab] */
export function listedTokenLoss(
  logits: Tensor3D,
  { tokenIds, textPlan }: TextTensors,
  { rows, weights }: ListedTokens,
): { loss: Scalar; accuracy: Scalar } {
  const hidden = gatherTokens2d(tokenIds, 'hidden', textPlan); // [batch, hidden]
  const labels: Tensor1D = gather(reshape(hidden, [hidden.size]), rows);
  return weightedTokenLoss(reshape(logits, [logits.shape[1], logits.shape[2]]), labels, weights);
}

/** Mean number of real tokens of an example: []. */
export function realTokens(paddingMask: Tensor2D): Scalar {
  return mean(sum(sub(1, paddingMask), -1));
}

/** A mask shared by the batch, one row, becomes one row an example: [batch, length]. */
function rowPerExample(mask: Tensor2D, batch: number): Tensor2D {
  return mask.shape[0] === batch ? mask : add(mask, zeros([batch, mask.shape[1]]));
}
