import type { Interval } from '@m3ae/evaluation/classification';
import { percent } from './escape.js';

/** Rows of text in columns; the first column to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  return rows.map((row) =>
    row
      .map((text, column) => {
        const space = ' '.repeat(widths[column]! - [...text].length);
        return column === 0 ? text + space : space + text;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A share with its interval, e.g. `40.1 % (37.9 – 42.3)`. */
export function shareWords({ value, low, high }: Interval): string {
  return `${percent(value)} (${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)})`;
}
