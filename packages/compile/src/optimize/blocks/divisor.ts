/** The divisor of `total` closest to `wanted` on a logarithmic scale. */
export function nearestDivisor(total: number, wanted: number): number {
  let best = 1;
  const distance = (divisor: number) => Math.abs(Math.log(divisor / wanted));
  for (let small = 1; small * small <= total; small++) {
    if (total % small !== 0) continue;
    for (const divisor of [small, total / small]) if (distance(divisor) < distance(best)) best = divisor;
  }
  return best;
}
