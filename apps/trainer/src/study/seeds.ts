/** Whether a seed is among those that were named; all are where none were. */
export const isAmong = (seed: number, seeds: readonly number[] | undefined): boolean =>
  seeds?.includes(seed) ?? true;
