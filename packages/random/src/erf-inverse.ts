/** Coefficients for w < 5, highest power first. */
const CENTRE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];

/** Coefficients for w >= 5, highest power first. */
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/**
 * Inverse of the error function in single precision, the approximation that XLA uses for `erf_inv`.
 *
 * The square is rounded to float32 on purpose: near ±1 that rounding moves the result by up to 1e-2, and JAX has it.
 *
 * @param x - A float32 number in (-1, 1).
 * @see Giles, Approximating the erfinv function, GPU Computing Gems, 2011.
 */
export function erfInverse(x: number): number {
  const logarithm = -Math.log1p(-Math.fround(x * x));
  const center = logarithm < 5;
  const w = center ? logarithm - 2.5 : Math.sqrt(logarithm) - 3;
  const coefficients = center ? CENTRE : TAIL;
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * w + coefficients[i]!;
  return sum * x;
}
