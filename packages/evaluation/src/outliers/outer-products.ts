/** Four arrays at once: a large sum is then read and written once for four rows, a third of the time at 768 columns. */
type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** `items` by fours, filled up with `spare` ones that nobody reads. */
export function byFours(items: readonly Float64Array[], size: number): Four[] {
  const spare = () => new Float64Array(size);
  return Array.from({ length: Math.ceil(items.length / 4) }, (_, four) => {
    const at = 4 * four;
    return [items[at]!, items[at + 1] ?? spare(), items[at + 2] ?? spare(), items[at + 3] ?? spare()];
  });
}

/** Adds the lower triangle of the outer product of each of four rows with itself to `sum`: [size, size]. */
export function addOuterProducts(sum: Float64Array, size: number, [a, b, c, d]: Four): void {
  for (let i = 0; i < size; i++) {
    const start = i * size;
    const [valueA, valueB, valueC, valueD] = [a[i]!, b[i]!, c[i]!, d[i]!];
    for (let j = 0; j <= i; j++) {
      sum[start + j]! += valueA * a[j]! + valueB * b[j]! + valueC * c[j]! + valueD * d[j]!;
    }
  }
}
