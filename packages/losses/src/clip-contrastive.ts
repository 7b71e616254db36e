import { requireAxes, requireShape, rowCrossEntropy } from '@m3ae/ops';
import {
  add,
  argMax,
  cast,
  clipByValue,
  div,
  equal,
  exp,
  matMul,
  maximum,
  mul,
  range,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

/** Smallest and largest logarithm of the logit scale: factors 1 and 100, as in the original CLIP. */
export const logitScaleRange = [0, 4.6052] as const;

/** Result of {@link clipContrastive}; all scalars, []. */
export interface ContrastiveScores {
  /** Mean of both directions. */
  readonly loss: Scalar;
  /** Share of pictures whose own text is the most similar of the batch. */
  readonly imageToTextAccuracy: Scalar;
  /** Share of texts whose own picture is the most similar of the batch. */
  readonly textToImageAccuracy: Scalar;
  /** The factor in use, exp of the clamped logarithm. */
  readonly logitScale: Scalar;
}

/**
 * Symmetric InfoNCE: each picture picks its text out of those of the batch, and each text its picture.
 *
 * With s = exp(clamp(logitScale)) and similarities s · images · textsᵀ: the mean of the cross-entropies along rows and
 * along columns, the right answers on the diagonal. Beyond {@link logitScaleRange} the logarithm has no gradient; clamp
 * the parameter after each update, so that it can come back.
 *
 * @param images - Vectors of length 1: [batch, dim].
 * @param texts - Vectors of length 1, of the same pairs in the same order: [batch, dim].
 * @param logitScale - Logarithm of the factor, []; CLIP starts at ln(1 / 0.07).
 * @param paired - 1 where a picture has a text, 0 where it has none: [batch]. The latter are neither asked for nor
 * offered; where all are 0, the loss is 0. Default: all have one.
 * @throws RangeError if shapes do not fit, or the batch is below 2: there would be nothing to tell apart.
 *
 * @example
 * ```ts
 * const { loss } = clipContrastive(output.image, output.text, output.logitScale);
 * ```
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, figure 3,
 * https://arxiv.org/abs/2103.00020
 */
export function clipContrastive(
  images: Tensor2D,
  texts: Tensor2D,
  logitScale: Scalar,
  paired?: Tensor1D,
): ContrastiveScores {
  requireAxes('images', images, 'batch, dim');
  const [batch] = images.shape;
  requireShape('texts', texts, images.shape, 'batch, dim', 'Map pictures and texts to one space.');
  requireShape('logitScale', logitScale, [], '', 'Pass one number for the whole batch.');
  if (paired !== undefined) requireShape('paired', paired, [batch], 'batch', 'Give each pair one entry.');
  if (batch < 2) {
    throw invalidField('batch', 'at least 2', batch, 'A single pair has nothing to be told apart from.');
  }
  return tidy(() => {
    const scale = exp(clipByValue(logitScale, ...logitScaleRange));
    const similarities: Tensor2D = mul(matMul(images, texts, false, true), scale); // [batch, batch]
    const byImage = direction(similarities, paired);
    const byText = direction(transpose(similarities), paired);
    const loss: Scalar = mul(add(byImage.loss, byText.loss), 0.5);
    return {
      loss,
      imageToTextAccuracy: byImage.accuracy,
      textToImageAccuracy: byText.accuracy,
      logitScale: scale,
    };
  });
}

/** Cross-entropy and accuracy of the rows of [batch, batch], the right answers on the diagonal. */
function direction(similarities: Tensor2D, paired: Tensor1D | undefined): { loss: Scalar; accuracy: Scalar } {
  const [batch] = similarities.shape;
  const labels = range(0, batch, 1, 'int32');
  // What is not paired is no answer: exp of it is 0 in every row.
  const offered = paired ? add(similarities, mul(reshape(sub(1, paired), [1, batch]), -1e9)) : similarities;
  const losses = rowCrossEntropy(offered as Tensor2D, labels); // [batch]
  const right = cast(equal(argMax(offered, -1), labels), 'float32'); // [batch]
  if (!paired) return { loss: div(sum(losses), batch), accuracy: div(sum(right), batch) };
  const count = maximum(sum(paired), 1);
  return {
    loss: div(sum(mul(losses, paired)), count),
    accuracy: div(sum(mul(right, paired)), count),
  };
}
