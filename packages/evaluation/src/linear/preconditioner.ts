import { ndArray, type NdArray } from '@m3ae/tree';
import { invertPositive } from '../cholesky.js';
import type { LinearEngine } from './linear-engine.js';
import type { MinimizeOptions } from './minimize.js';

/**
 * About the inverse Hessian, up to a factor: features are correlated alike for every class, and a class is bent by its
 * share of the examples, of which `1 / classes` is the usual one. Cuts the steps to a tenth on correlated features.
 *
 * @param covariance - Of the standardised features: [features, features].
 * @see Böhning (1992), Multinomial logistic regression algorithm, for the Kronecker form of the bound.
 */
export async function preconditioner(
  covariance: NdArray,
  classes: number,
  strength: number,
  engine: LinearEngine,
): Promise<NonNullable<MinimizeOptions['precondition']>> {
  const size = covariance.shape[0]!;
  const share = 1 / classes;
  const hessian = Float64Array.from(covariance.data, (value) => share * value);
  // A hair above the penalty, so that single precision leaves even a weak one positive.
  for (let at = 0; at < size; at++) hessian[at * size + at]! += strength + 1e-5 * share;
  const inverse = ndArray(Float32Array.from(invertPositive(hessian, size)), [size, size]);
  return async (vector) => {
    const weights = ndArray(Float32Array.from(vector.subarray(0, size * classes)), [size, classes]);
    const { data } = await engine.product.run(inverse, weights);
    const result = vector.map((value) => value / share); // the intercept's
    result.set(data);
    return result;
  };
}
