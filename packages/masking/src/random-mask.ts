import { foldIn, type RngKey, uniform } from '@m3ae/random';
import { faultOf, invalidField, requireList, throwFaults } from '@m3ae/errors';
import {
  checkOptions,
  examine,
  flag,
  inInterval,
  integer,
  record,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { type MaskPlan, planFromOrder } from './mask-plan.js';

/** Up to here a float32 and a position fit into one double, which makes sorting fast. */
const longest = 2 ** 21;

/** The rules of a sequence of which some tokens are hidden. */
const sizeRules = {
  length: integer({ min: 1, limit: longest }, 'Pass the token count, e.g. (imageSize / patchSize) ** 2.'),
  maskRatio: inInterval('[0, 1]', 'Write three quarters as 0.75, not 75.'),
} as const;

const sizeRule = record(sizeRules);

/**
 * Number of tokens the encoder sees.
 *
 * The product is truncated in double precision, exactly as the reference does, so
 * `keepLength(10, 0.9)` is 0 and not 1: `10 * (1 - 0.9)` is 0.9999999999999998.
 *
 * @param length - Tokens in the sequence; a positive integer up to 2^21.
 * @param maskRatio - Share of tokens to hide, in [0, 1].
 * @returns An integer in [0, length].
 * @throws RangeError if `length` is not a positive integer or `maskRatio` is outside [0, 1].
 *
 * @example
 * ```ts
 * keepLength(256, 0.75); // 64
 * ```
 */
export function keepLength(length: number, maskRatio: number): number {
  checkOptions(sizeRule, { length, maskRatio });
  return Math.trunc(length * (1 - maskRatio));
}

/**
 * {@link keepLength}, refusing 0 unless the caller allows it: a sequence without a visible token is almost always
 * a ratio too high for its length.
 */
function keepSome(length: number, maskRatio: number, allowEmpty: boolean): number {
  const keep = keepLength(length, maskRatio);
  if (keep === 0 && !allowEmpty) {
    throw invalidField(
      'maskRatio',
      `low enough to leave a visible token of length ${length}`,
      maskRatio,
      `trunc(${length} * (1 - ${maskRatio})) is 0: lower it, lengthen the sequence, or pass allowEmpty: true.`,
    );
  }
  return keep;
}

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

/** How many masks there are. */
const rowsRule = integer({ min: 1 }, 'Pass 1 to share the mask, or the batch size.');

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

const noiseRule = record({ ...sizeRules, rows: rowsRule });

/**
 * Masks drawn row by row; visible and hidden tokens are in order of position.
 *
 * @param hide - Sets `count` tokens of a row to 1, by a key of the row's own.
 */
export function planByRows(
  key: RngKey,
  { length, maskRatio, rows, firstRow, allowEmpty }: Required<MaskOptions>,
  hide: (key: RngKey, tokens: Float32Array, count: number) => void,
): MaskPlan {
  const keep = keepSome(length, maskRatio, allowEmpty);
  const mask = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const tokens = mask.subarray(row * length, (row + 1) * length);
    hide(foldIn(key, firstRow + row), tokens, length - keep);
  }
  return planFromOrder(mask, rows, length, keep);
}

/**
 * Plans a mask from given noise: the tokens with the lowest noise stay visible.
 *
 * Equal noise is ordered by position (stable sort). A ratio that hides every token is legal here, as in the reference.
 *
 * @param noise - One number a token; only their order as float32 counts: [rows, length].
 * @param rows - 1 for a mask shared by the batch, else the batch size.
 * @param length - Tokens in the sequence; a positive integer.
 * @param maskRatio - Share of tokens to hide, in [0, 1].
 * @throws RangeError if a size is not a positive integer, `maskRatio` is outside [0, 1], or `noise` has another
 * length than `rows * length` or holds NaN.
 *
 * @example
 * ```ts
 * planFromNoise(Float32Array.of(0.7, 0.1, 0.5, 0.3), 1, 4, 0.5).mask.data; // [1, 0, 1, 0]
 * ```
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, section 3, https://arxiv.org/abs/2111.06377
 */
export function planFromNoise(
  noise: ArrayLike<number>,
  rows: number,
  length: number,
  maskRatio: number,
): MaskPlan {
  requireList('noise', noise, 'Draw one number a token.');
  const { faults } = examine(noiseRule, { rows, length, maskRatio });
  const hole = Array.prototype.findIndex.call(noise, (value: number) => Number.isNaN(value));
  throwFaults([
    ...faults,
    noise.length !== rows * length &&
      faultOf(
        'noise',
        `of ${rows} * ${length} numbers`,
        `${noise.length} of them`,
        'Draw one number a token.',
      ),
    hole >= 0 && faultOf('noise', 'free of NaN', `NaN at place ${hole}`, 'NaN has no place in an order.'),
  ]);
  return planFromOrder(noise, rows, length, keepLength(length, maskRatio));
}
