import { invalidField } from '@m3ae/errors';

/**
 * Strength of the shade behind each word, as in Fig. 8 of the paper: weights over the largest of them.
 *
 * @param weights - Attention of one patch to the words, not negative: [words].
 * @returns In [0, 1]: [words]; all 0 if no word has any weight.
 * @throws InvalidInput if a weight is negative or not finite.
 */
export function shadeWords(weights: ArrayLike<number>): Float32Array {
  const values = Float32Array.from(weights);
  const bad = values.find((value) => !(Number.isFinite(value) && value >= 0));
  if (bad !== undefined)
    throw invalidField('weights', 'finite and not negative', bad, 'Pass weights after the softmax.');
  const most = values.reduce((best, value) => Math.max(best, value), 0);
  return most === 0 ? values : values.map((value) => value / most);
}
