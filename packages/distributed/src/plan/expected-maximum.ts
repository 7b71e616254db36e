/**
 * By how many standard deviations the slowest of `count` independent, normally distributed times lies above their mean.
 *
 * `E[max] = ∫₀^∞ (1 - Φ(x)^n - Φ(-x)^n) dx`, by the trapezoidal rule.
 */
export function expectedMaximum(count: number): number {
  const step = 1 / 64;
  let sum = 0;
  for (let place = 0; place <= 8 / step; place++) {
    const below = normalDistribution(place * step);
    const height = 1 - below ** count - (1 - below) ** count;
    sum += place === 0 ? height / 2 : height;
  }
  return sum * step;
}

/** Φ(x) for x ≥ 0, with an error below 1.5e-7. @see Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26 */
function normalDistribution(x: number): number {
  const z = x / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - (polynomial * Math.exp(-z * z)) / 2;
}
