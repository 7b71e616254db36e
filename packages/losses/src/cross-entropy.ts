import { requireAxes, requireShape, rowCrossEntropy, rowSoftCrossEntropy } from '@m3ae/ops';
import {
  add,
  argMax,
  cast,
  div,
  equal,
  greater,
  maximum,
  mean,
  mul,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

/** Result of {@link tokenCrossEntropy}; all scalars, []. */
export interface TokenScores {
  /** Mean over all examples, those without a valid token counting as 0 (reference). */
  readonly loss: Scalar;
  /** Share of valid tokens guessed right, averaged in the same way. */
  readonly accuracy: Scalar;
  /** Mean over the examples with a valid token; 0 if there are none. */
  readonly validOnlyLoss: Scalar;
  /** Accuracy over the examples with a valid token; 0 if there are none. */
  readonly validOnlyAccuracy: Scalar;
  /** Examples with a valid token. */
  readonly validExamples: Scalar;
}

/**
 * Cross-entropy and accuracy of predicted tokens.
 *
 * For each example: the mean over its valid tokens, their number taken as at least 1e-5; then the mean over the
 * batch. An example without a valid token, such as a dropped caption, adds 0 but stays in the mean, and so dilutes
 * `loss` and `accuracy`; the `validOnly` results leave it out. A guess is the largest logit, of equal ones the first.
 *
 * @param logits - [batch, tokens, vocab]
 * @param tokenIds - int32 [batch, tokens], each in [0, vocab).
 * @param valid - 1 where a token counts: [batch, tokens]. See `validTokens`.
 * @throws RangeError if `tokenIds` or `valid` does not fit `logits`.
 *
 * @example
 * ```ts
 * const { loss, accuracy } = tokenCrossEntropy(output.text, tokenIds, validTokens({ mask, paddingMask }));
 * ```
 */
export function tokenCrossEntropy(logits: Tensor3D, tokenIds: Tensor2D, valid: Tensor2D): TokenScores {
  requireAxes('logits', logits, 'batch, tokens, vocab');
  const [batch, tokens, vocab] = logits.shape;
  const remedy = 'Give each predicted token one entry.';
  requireShape('tokenIds', tokenIds, [batch, tokens], 'batch, tokens', remedy);
  requireShape('valid', valid, [batch, tokens], 'batch, tokens', remedy);
  return tidy(() => {
    const flat: Tensor2D = reshape(logits, [batch * tokens, vocab]);
    const labels: Tensor1D = reshape(cast(tokenIds, 'int32'), [batch * tokens]);
    const losses = reshape(rowCrossEntropy(flat, labels), [batch, tokens]);
    const right = reshape(cast(equal(argMax(flat, -1), labels), 'float32'), [batch, tokens]);

    const counts = sum(valid, -1); // [batch]
    const divisor = maximum(counts, 1e-5);
    const perExample = (values: Tensor) => div(sum(mul(values, valid), -1), divisor); // [batch]
    const validExamples: Scalar = sum(cast(greater(counts, 0), 'float32'));
    const validOnly = (values: Tensor) => div(sum(values), maximum(validExamples, 1)) as Scalar;
    const exampleLoss = perExample(losses);
    const exampleAccuracy = perExample(right);
    return {
      loss: mean(exampleLoss) as Scalar,
      accuracy: mean(exampleAccuracy) as Scalar,
      validOnlyLoss: validOnly(exampleLoss),
      validOnlyAccuracy: validOnly(exampleAccuracy),
      validExamples,
    };
  });
}

/** What {@link validTokens} decides by. */
export interface ValidTokensInputs {
  /** 1 where a token was hidden: [batch, tokens], or [1, tokens] if shared by the batch. Without it every token counts. */
  readonly mask?: Tensor2D;
  /** 1 = padding, 0 = real: [batch, tokens]. */
  readonly paddingMask: Tensor2D;
}

/**
 * Which tokens count in a text loss: those both hidden and real; without a `mask`, all real ones (all-token variant).
 *
 * @returns 1 where a token counts: [batch, tokens].
 * @throws RangeError if `mask` does not fit `paddingMask`.
 */
export function validTokens(inputs: ValidTokensInputs): Tensor2D {
  const { mask, paddingMask } = inputs ?? {};
  requireAxes('paddingMask', paddingMask, 'batch, tokens');
  if (mask !== undefined) requireAxes('mask', mask, 'batch, tokens');
  const [batch, tokens] = paddingMask.shape;
  if (mask && (mask.shape[1] !== tokens || (mask.shape[0] !== 1 && mask.shape[0] !== batch))) {
    const rule = `[1 or ${batch}, ${tokens}]`;
    throw invalidField('mask', rule, `[${mask.shape}]`, 'Draw the plan for this sequence and batch.');
  }
  return tidy(() => {
    const real = cast(greater(sub(1, paddingMask), 0), 'float32'); // [batch, tokens]
    if (!mask) return real as Tensor2D;
    const hidden = cast(greater(add(mask, zerosLike(paddingMask)), 0), 'float32'); // [batch, tokens]
    return mul(hidden, real);
  });
}

/**
 * Cross-entropy and accuracy of tokens that come as a plain list, each with its weight.
 *
 * With the weights of `realHiddenTokens` (`@m3ae/masking`) it equals `tokenCrossEntropy` on the whole table, without
 * the logits of tokens that do not count.
 *
 * @param logits - [rows, vocab]
 * @param tokenIds - int32 [rows], each in [0, vocab).
 * @param weights - [rows]; 0 leaves a row out.
 * @returns The weighted sums, [].
 * @throws RangeError if `tokenIds` or `weights` does not fit `logits`.
 *
 * @example
 * ```ts
 * const { loss } = weightedTokenLoss(logits, labels, weights); // loss: []
 * ```
 */
export function weightedTokenLoss(
  logits: Tensor2D,
  tokenIds: Tensor1D,
  weights: Tensor1D,
): Pick<TokenScores, 'loss' | 'accuracy'> {
  requireAxes('logits', logits, 'rows, vocab');
  const [rows] = logits.shape;
  requireShape('tokenIds', tokenIds, [rows], 'rows', 'Give each row of logits its token.');
  requireShape('weights', weights, [rows], 'rows', 'Give each row of logits its weight.');
  return tidy(() => {
    const labels = cast(tokenIds, 'int32');
    const right = cast(equal(argMax(logits, -1), labels), 'float32');
    return {
      loss: sum(mul(rowCrossEntropy(logits, labels), weights)),
      accuracy: sum(mul(right, weights)),
    };
  });
}

/**
 * Cross-entropy with soft targets: -Σ targets · log softmax(logits) of each example, then the mean over the batch.
 *
 * @param logits - [batch, classes]
 * @param targets - Probability of each class, such as smoothed or mixed labels: [batch, classes]. No gradient.
 * @returns A scalar, [].
 * @throws RangeError if `targets` does not fit `logits`.
 *
 * @example
 * ```ts
 * const loss = softCrossEntropy(logits, targets);
 * ```
 */
export function softCrossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  requireAxes('logits', logits, 'batch, classes');
  const remedy = 'Give each example one probability a class.';
  requireShape('targets', targets, logits.shape, 'batch, classes', remedy);
  return tidy(() => mean(rowSoftCrossEntropy(logits, targets)));
}
