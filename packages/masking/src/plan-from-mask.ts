import { faultOf, positiveInteger, requireList, throwFaults } from '@m3ae/errors';
import { type MaskPlan, planFromOrder } from './mask-plan.js';

/**
 * Plans a mask given by hand. Visible and hidden tokens each stay in order of position.
 *
 * @param mask - 1 (or true) where hidden, 0 (or false) where visible: [rows, length].
 * @param rows - 1 for a mask shared by the batch (default), else the batch size.
 * @throws RangeError if `mask` is empty, does not divide into `rows`, holds anything but 0 and 1, or hides a
 * different number of tokens in different rows.
 *
 * @example
 * ```ts
 * planFromMask([0, 1, 1, 0]).idsKeep.data; // [0, 3]
 * ```
 */
export function planFromMask(mask: ArrayLike<number | boolean>, rows = 1): MaskPlan {
  requireList('mask', mask, 'Write one number a token: 1 hides it, 0 shows it.');
  const values = Float32Array.from(mask, Number);
  const odd = values.findIndex((value) => value !== 0 && value !== 1);
  throwFaults([
    positiveInteger('rows', rows, 'Pass 1 to share the mask, or the batch size.'),
    (values.length === 0 || values.length % rows !== 0) &&
      faultOf(
        'mask',
        `of the same positive length in each of ${rows} rows`,
        `${values.length} values`,
        'Pad it.',
      ),
    odd >= 0 &&
      faultOf(
        'mask',
        '0 or 1 everywhere',
        `${String(mask[odd])} at place ${odd}`,
        '1 hides the token, 0 shows it.',
      ),
  ]);
  const length = values.length / rows;
  const hidden = Array.from({ length: rows }, (_, row) =>
    values.subarray(row * length, (row + 1) * length).reduce((sum, value) => sum + value, 0),
  );
  throwFaults([
    hidden.some((count) => count !== hidden[0]) &&
      faultOf(
        'mask',
        'hiding as many tokens in every row',
        `${hidden.join(', ')} hidden`,
        'A batch needs one width.',
      ),
  ]);
  return planFromOrder(values, rows, length, length - hidden[0]!);
}
