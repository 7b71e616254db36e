/** As it is written: a square bracket holds its end, a round one does not, e.g. `[0, 1)`. */
export type Interval = `${'[' | '('}${number}, ${number | 'Infinity'}${']' | ')'}`;

/** Whether a value is a number in an interval; text that looks like one is none. */
export function isInInterval(value: unknown, interval: Interval): value is number {
  const [least, most] = interval.slice(1, -1).split(', ').map(Number) as [number, number]; // as its type says
  return (
    typeof value === 'number' &&
    (interval.startsWith('[') ? value >= least : value > least) &&
    (interval.endsWith(']') ? value <= most : value < most)
  );
}
