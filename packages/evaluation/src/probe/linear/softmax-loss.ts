import {
  div,
  exp,
  log,
  max,
  mean,
  mul,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/**
 * Mean softmax cross-entropy and its gradient by the logits, which share most of their work.
 *
 * @param logits - [rows, classes]
 * @param targets - 1 for the class of a row, 0 elsewhere: [rows, classes].
 * @returns `loss` [] and `gradient` [rows, classes].
 */
export function softmaxLoss(logits: Tensor2D, targets: Tensor): { loss: Scalar; gradient: Tensor2D } {
  const shifted = sub(logits, max(logits, 1, true));
  const powers = exp(shifted);
  const totals = sum(powers, 1, true); // [rows, 1]
  const perRow = sub(log(totals), sum(mul(targets, shifted), 1, true)); // [rows, 1]
  return { loss: mean<Scalar>(perRow), gradient: div(sub(div(powers, totals), targets), logits.shape[0]) };
}
