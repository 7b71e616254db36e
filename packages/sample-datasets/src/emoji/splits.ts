import { fractionOf } from '@m3ae/datasets';
import type { EmojiEntry } from './catalog.js';
import type { EmojiSplit, EmojiVendor } from './spec.js';

/** Unicode's group number of the flags. */
export const flagsGroup = 9;
/** Shares of the training emoji's drawings that are held out for validation and for the test. */
const drawingValidationShare = 0.05;
const drawingTestShare = 0.1;

/**
 * The part a drawing belongs to. It depends on the base code points and the vendor alone, so that all drawings and
 * skin tones of an unseen emoji stay unseen, and adding a vendor moves nothing.
 *
 * Flags and OpenMoji are held out whole and first; then emoji go 80 / 10 / 10; then 15 % of the (vendor, emoji) pairs
 * of training emoji are held out as unseen drawings.
 *
 * @example
 * ```ts
 * splitOf({ baseCodePoints: '1f1e6-1f1e8', group: 9 }, 'noto'); // 'flags'
 * ```
 */
export function splitOf(
  { baseCodePoints, group }: Pick<EmojiEntry, 'baseCodePoints' | 'group'>,
  vendor: EmojiVendor,
): EmojiSplit {
  if (group === flagsGroup) return 'flags';
  if (vendor === 'openmoji') return 'openmoji';
  const place = fractionOf(`emoji ${baseCodePoints}`);
  if (place >= 0.9) return 'test';
  if (place >= 0.8) return 'validation';
  const drawing = fractionOf(`drawing ${vendor} ${baseCodePoints}`);
  if (drawing < drawingTestShare) return 'drawingTest';
  if (drawing < drawingTestShare + drawingValidationShare) return 'drawingValidation';
  return 'train';
}
