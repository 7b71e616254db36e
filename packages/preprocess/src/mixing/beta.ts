import { foldIn, normal, type RngKey, uniform } from '@m3ae/random';
import { invalidField, isInInterval } from '@m3ae/errors';

/** Tries in one draw of random numbers; the chance that none is taken is below 1e-20. */
const tries = 16;

/**
 * Draws from the Beta(alpha, alpha) distribution: near 0 and 1 for a small alpha, even for 1, near one half for a large one.
 *
 * @param key - Random key; the same key always gives the same number.
 * @param alpha - Above 0.
 * @returns A number in [0, 1].
 * @throws RangeError if `alpha` is not above 0.
 *
 * @see Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, for the two gamma numbers it is the share of
 */
export function symmetricBeta(key: RngKey, alpha: number): number {
  if (!isInInterval(alpha, '(0, Infinity)')) {
    throw invalidField('alpha', 'a number above 0', alpha, 'Use 1 for an even distribution.');
  }
  // In logarithms: for a small alpha both gamma numbers can be below the smallest double.
  const difference = logGamma(foldIn(key, 1), alpha) - logGamma(foldIn(key, 0), alpha);
  return 1 / (1 + Math.exp(difference));
}

/** Logarithm of a Gamma(alpha, 1) number. */
function logGamma(key: RngKey, alpha: number): number {
  if (alpha < 1) {
    // Gamma(alpha) = Gamma(alpha + 1) · u^(1 / alpha); u in (0, 1].
    const [u] = uniform(foldIn(key, 1), 1);
    return logGamma(foldIn(key, 0), alpha + 1) + Math.log(1 - u!) / alpha;
  }
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const normals = normal(foldIn(key, 0), tries);
  const uniforms = uniform(foldIn(key, 1), tries);
  for (let at = 0; at < tries; at++) {
    const x = normals[at]!;
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const logU = Math.log(1 - uniforms[at]!);
    if (logU < 0.5 * x * x + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
  return Math.log(d); // never in practice
}
