/** The fused kernels' formulas in double precision, written the slow obvious way: the oracle of fused-kernels.test.ts. */

/** erf by its Taylor series, which converges for every x; enough terms for |x| <= 4. */
export function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** GELU, exact or in its tanh form. */
export function gelu(x: number, approximate: boolean): number {
  if (!approximate) return 0.5 * x * (1 + erf(x / Math.SQRT2));
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** Layer normalization of one row. */
export function layerNorm(
  x: readonly number[],
  scale: readonly number[],
  bias: readonly number[],
  epsilon: number,
): number[] {
  const mean = x.reduce((sum, each) => sum + each, 0) / x.length;
  const variance = x.reduce((sum, each) => sum + (each - mean) ** 2, 0) / x.length;
  return x.map((each, i) => ((each - mean) / Math.sqrt(variance + epsilon)) * scale[i]! + bias[i]!);
}

/** Softmax of one row. */
export function softmax(x: readonly number[]): number[] {
  const exps = x.map((each) => Math.exp(each));
  const sum = exps.reduce((total, each) => total + each, 0);
  return exps.map((each) => each / sum);
}

/** Cross entropy of one row. */
export function crossEntropy(logits: readonly number[], label: number): number {
  return -Math.log(softmax(logits)[label]!);
}

/** The gradient of a function of many numbers, by central differences. */
export function differences(
  f: (x: readonly number[]) => number,
  at: readonly number[],
  step = 1e-5,
): number[] {
  return at.map((_, i) => {
    const moved = (by: number) => at.map((each, j) => (j === i ? each + by : each));
    return (f(moved(step)) - f(moved(-step))) / (2 * step);
  });
}
