import { requireShape } from '@m3ae/ops';
import { add, mul, type Scalar, scalar, tidy } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

/** Loss terms with their weights, by name. */
export type WeightedTerms = Readonly<Record<string, readonly [loss: Scalar, weight: number] | undefined>>;

/**
 * Adds up losses, each times its weight. Absent terms and terms of weight 0 are left out, so that a term of weight 0
 * cannot make the sum NaN.
 *
 * @returns A scalar, []; 0 without terms.
 * @throws RangeError if a weight is not a finite number.
 *
 * @example
 * ```ts
 * const total = weightedSum({ image: [imageLoss, 1], text: [textLoss, 0.5], unpairedText: [unpairedLoss, 0] });
 * ```
 */
export function weightedSum(terms: WeightedTerms): Scalar {
  if (typeof terms !== 'object' || terms === null || Array.isArray(terms)) {
    throw invalidField('terms', 'a record of [loss, weight]', terms, 'Write { image: [imageLoss, 1] }.');
  }
  const given = Object.entries(terms).flatMap(([name, term]) =>
    term === undefined ? [] : [[name, ...pairOf(name, term)] as const],
  );
  for (const [name, loss, weight] of given) {
    requireShape(`loss of ${name}`, loss, [], '', 'Take the mean of it.');
    if (!Number.isFinite(weight)) {
      throw invalidField(
        `weight of ${name}`,
        'a finite number',
        weight,
        'The reference has 1 for image, 0.5 for text.',
      );
    }
  }
  return tidy(() => {
    const weighted = given
      .filter(([, , weight]) => weight !== 0)
      .map(([, loss, weight]) => mul(loss, weight));
    return weighted.length > 0 ? (weighted.reduce((total, term) => add(total, term)) as Scalar) : scalar(0);
  });
}

function pairOf(name: string, term: unknown): readonly [loss: Scalar, weight: number] {
  if (Array.isArray(term) && term.length === 2) return term as [Scalar, number];
  throw invalidField(`term ${name}`, 'a pair [loss, weight]', term, 'Leave out the terms that are absent.');
}
