import { type RngKey, uniform } from '@m3ae/random';
import {
  faultOf,
  type MaybeFault,
  positiveInteger,
  requireRecord,
  throwFaults,
  unknownKeys,
} from '@m3ae/errors';
import { keepSome, maskSizeFaults } from './keep-length.js';
import { type MaskPlan, planFromOrder } from './mask-plan.js';

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

const KEYS = ['length', 'maskRatio', 'rows', 'firstRow', 'allowEmpty'];

/**
 * Checks what all drawn masks share, and gives the number of visible tokens.
 *
 * @param given - The options as they came, searched for unknown keys.
 * @param known - The keys of those options.
 * @param sizes - The shared part of them, with the length worked out.
 * @param faults - What the caller found wrong, to be reported together.
 */
export function checkMaskOptions(
  given: object,
  known: readonly string[],
  sizes: MaskOptions,
  faults: readonly MaybeFault[] = [],
): { rows: number; firstRow: number; keep: number } {
  requireRecord('options', given, known.join(', '), 'Write e.g. { length: 256, maskRatio: 0.75 }.');
  const { length, maskRatio, rows = 1, firstRow = 0, allowEmpty = false } = sizes;
  throwFaults([
    ...unknownKeys('', given, known),
    ...maskSizeFaults(length, maskRatio),
    positiveInteger('rows', rows, 'Pass 1 to share the mask, or the batch size.'),
    firstRowFault(firstRow),
    ...faults,
  ]);
  return { rows, firstRow, keep: keepSome(length, maskRatio, allowEmpty) };
}

/** What is wrong with the place of a part in a larger draw. */
export const firstRowFault = (firstRow: number): MaybeFault =>
  !(Number.isInteger(firstRow) && firstRow >= 0) &&
  faultOf('firstRow', 'a natural number', firstRow, 'Leave it out for a draw of its own.');

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
  const { rows, firstRow, keep } = checkMaskOptions(options, KEYS, options);
  const { length } = options;
  return planFromOrder(uniform(key, rows * length, firstRow * length), rows, length, keep);
}
