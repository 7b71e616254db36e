import { requireAxes, requireShape, rowCrossEntropy } from '@m3ae/ops';
import { argMax, cast, equal, mul, sum, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { TokenScores } from './token-cross-entropy.js';

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
