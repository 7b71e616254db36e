import { requireAxes } from '@m3ae/ops';
import { add, cast, greater, mul, sub, type Tensor2D, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

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
  const { mask, paddingMask } = (inputs ?? {}) as ValidTokensInputs;
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
    return mul(hidden, real) as Tensor2D;
  });
}
