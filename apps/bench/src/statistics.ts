/** Smallest and middle of measured times; the minimum is what a quiet machine does. */
export interface Times {
  readonly min: number;
  readonly median: number;
}

/** @throws RangeError if there is no time. */
export function summarize(times: readonly number[]): Times {
  if (times.length === 0)
    throw new RangeError('times must hold at least one; received none. Measure a step first.');
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median };
}

/** Peak resident memory of this process so far, in MiB. */
export function peakMemory(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** A number with so many digits after the point. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
