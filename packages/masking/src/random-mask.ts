import { type RngKey, uniform } from '@m3ae/random';
import { checkOptions, flag, integer, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { keepSome, sizeRules } from './keep-length.js';
import { type MaskPlan, planFromOrder, rowsRule } from './mask-plan.js';

/** What every drawn mask needs to know. */
export interface MaskOptions {
  /** Tokens in the sequence, without the CLS token. */
  readonly length: number;
  /** Share of tokens to hide, in [0, 1]. M3AE uses 0.75 for images and text. */
  readonly maskRatio: number;
  /** Masks to draw: 1 to share one among the batch (default, the reference), or the batch size. */
  readonly rows?: number;
  /** Row of a larger draw that the first of these is; 0 by default. So a part of a batch gets the masks that it has in the whole. */
  readonly firstRow?: number;
  /** Whether a ratio that hides every token is accepted; by default it is an error. */
  readonly allowEmpty?: boolean;
}

/** The place of a part in a larger draw. */
export const firstRowRule = withDefault(integer({ min: 0 }, 'Leave it out for a draw of its own.'), 0);

/** The rules of {@link MaskOptions}. */
export const maskRules = {
  ...sizeRules,
  rows: withDefault(rowsRule, 1),
  firstRow: firstRowRule,
  allowEmpty: withDefault(flag('true accepts a ratio that hides every token.'), false),
} as const satisfies RulesOf<MaskOptions>;

const optionsRule = record(maskRules);

/**
 * Draws masks that hide tokens independently of their place.
 *
 * Padding takes part like any other token, as in the reference, so of a short caption no word may be visible.
 *
 * @param key - Random key; the same key always gives the same plan.
 * @param options - Sizes; see {@link MaskOptions}.
 * @throws RangeError if a size is not a positive integer, `maskRatio` is outside [0, 1] or leaves no visible token
 * (unless `allowEmpty`), or an option is unknown.
 *
 * @example
 * ```ts
 * const plan = randomMask(key(0), { length: 256, maskRatio: 0.75, rows: 8 });
 * plan.idsKeep.shape; // [8, 64]
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders Learn Transferable Representations,
 * https://arxiv.org/abs/2205.14204
 */
export function randomMask(key: RngKey, options: MaskOptions): MaskPlan {
  const { length, maskRatio, rows, firstRow, allowEmpty } = checkOptions(optionsRule, options);
  const keep = keepSome(length, maskRatio, allowEmpty);
  return planFromOrder(uniform(key, rows * length, firstRow * length), rows, length, keep);
}
