import type { Interval } from '@m3ae/evaluation/classification';
import { escapeHtml } from './page.js';

/** A share as a per cent figure with one decimal: 0.4567 is `45.7 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A place of a table. */
export interface TableCell {
  /** HTML, as {@link numberCell}, {@link wordCell} and {@link shareCell} give it. */
  readonly html: string;
  /** Whether it stands out, e.g. as the best of its column. */
  readonly best?: boolean;
  /** Whether it is to the left, as words are; numbers are to the right. */
  readonly words?: boolean;
  /** Whether it is of others, beside our own. */
  readonly theirs?: boolean;
}

/** A row: its heading and a cell for each column but the first. */
export interface TableRow {
  /** HTML, as `escapeHtml` and {@link headWithNote} give it. */
  readonly head: string;
  readonly cells: readonly TableCell[];
  /** Class of the row, for its looks: `learned` is tinted. */
  readonly kind?: string;
}

/** Heading of a column. */
export interface TableHead {
  readonly lines: readonly string[];
  /** What stands before each cell on a phone; by default the first line. */
  readonly name?: string;
  readonly words?: boolean;
  readonly theirs?: boolean;
}

/** A heading of one line for each column. */
export function columnHeads(names: readonly string[], looks: { readonly words?: boolean } = {}): TableHead[] {
  return names.map((name) => ({ lines: [name], ...looks }));
}

const classOf = ({ words, theirs, best }: Omit<TableCell, 'html'>) => {
  const kinds = [!words && 'number', theirs && 'theirs', best && 'best'].filter((kind) => kind);
  return kinds.length === 0 ? '' : ` class="${kinds.join(' ')}"`;
};

/** A number alone. */
export const numberCell = (text: string): TableCell => ({ html: escapeHtml(text) });

/** Words alone. */
export const wordCell = (text: string): TableCell => ({ html: escapeHtml(text), words: true });

/**
 * A share with its interval in small print.
 *
 * @param more - Lines beneath, as HTML.
 */
export function shareCell(
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  more: readonly string[] = [],
): TableCell {
  const small = [`${percent(low)} – ${percent(high)}`, ...more].join('<br>');
  return { html: `${percent(value)}<small>${small}</small>` };
}

/** A heading of a row with what explains it in small print. */
export const headWithNote = (text: string, note: string) =>
  `${escapeHtml(text)}<small class="note"><br>${escapeHtml(note)}</small>`;

/**
 * A table that can be read on a phone: there each row becomes a block with its heading above and the name of its column
 * before each cell.
 *
 * @param corner - Heading of the first column.
 * @param groups - Rows above the headings, as HTML.
 *
 * @example
 * ```ts
 * const rows = [{ head: 'probe', cells: [shareCell({ value: 0.4, low: 0.3, high: 0.5 })] }];
 * tableHtml('Model', columnHeads(['share right']), rows);
 * ```
 */
export function tableHtml(
  corner: string,
  heads: readonly TableHead[],
  rows: readonly TableRow[],
  groups = '',
): string {
  const top = heads.map(
    (head) => `<th scope="col"${classOf(head)}>${head.lines.map(escapeHtml).join('<br>')}</th>`,
  );
  const body = rows.map(({ head, cells, kind }) => {
    const places = cells.map(
      (cell, at) =>
        `<td data-column="${escapeHtml(heads[at]!.name ?? heads[at]!.lines[0]!)}"${classOf(cell)}>${cell.html}</td>`,
    );
    return `<tr${kind === undefined ? '' : ` class="${kind}"`}><th scope="row">${head}</th>${places.join('')}</tr>`;
  });
  const first = corner === '' ? '<td></td>' : `<th scope="col">${escapeHtml(corner)}</th>`;
  return `<div class="scroll"><table><thead>${groups}<tr>${first}${top.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`;
}

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
