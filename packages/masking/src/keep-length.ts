import { invalidField } from '@m3ae/errors';
import { checkOptions, inInterval, integer, record } from '@m3ae/errors/rules';

/** Up to here a float32 and a position fit into one double, which makes sorting fast. */
const longest = 2 ** 21;

/** The rules of a sequence of which some tokens are hidden. */
export const sizeRules = {
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
export function keepSome(length: number, maskRatio: number, allowEmpty: boolean): number {
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
