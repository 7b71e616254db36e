import { pluralize } from '@m3ae/errors';
import { beyondIntervals, showComparison, showRule, showVerdict } from './format.js';
import { shownTable } from './layout.js';
import type { ResultTable, StudyResults } from './results-types.js';

/** Text that may stand in a cell. */
const cellText = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table whose columns are padded to one width; all but the first are aligned right. */
function alignedTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows].map((line) => line.map(cellText));
  const widths = heads.map((_, at) => Math.max(3, ...lines.map((line) => [...line[at]!].length)));
  const pad = (text: string, at: number) => {
    const space = ' '.repeat(widths[at]! - [...text].length);
    return at === 0 ? text + space : space + text;
  };
  const show = (line: readonly string[]) => `| ${line.map(pad).join(' | ')} |`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head, ...body] = lines;
  return [show(head!), `| ${rule.join(' | ')} |`, ...body.map(show)].join('\n');
}

/** The figures of a table in Markdown, the paper's beside them. */
function tableMarkdown(table: ResultTable): string {
  const { heads, rows } = shownTable(table);
  return alignedTable(
    ['', ...heads.map(({ text, theirs }) => (theirs ? `paper, ${text}` : text))],
    rows.map(({ label, chosen, cells }) => [
      chosen ? `**${label}**` : label,
      ...cells.map(({ text }) => text),
    ]),
  );
}

/** The claims of a table with what came of them, in Markdown. */
function claimsMarkdown({ claims, claimsNote }: ResultTable): string {
  const list = claims
    .map((claim) => {
      const rule = showRule(claim);
      const head = `- **${showVerdict(claim)}**: ${claim.text}${rule === '' ? '' : ` (${rule})`}`;
      return [head, ...claim.comparisons.map((one) => `  - ${showComparison(one)}`)].join('\n');
    })
    .join('\n');
  return claimsNote === null ? list : `${list}\n\n${claimsNote}`;
}

/** A table with its claims and its plot. */
export function sectionMarkdown(table: ResultTable, plot: string | undefined): string {
  return [
    table.metrics.length === 0 ? '' : tableMarkdown(table),
    plot === undefined ? '' : `![${table.title}](${plot})`,
    claimsMarkdown(table),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Every claim with its verdict, in one table. */
export function verdictsMarkdown({ tables }: StudyResults): string {
  const rows = tables.flatMap(({ claims }) => claims.map((claim) => [claim.text, showVerdict(claim)]));
  return rows.length === 0 ? 'No claim was made.' : alignedTable(['claim', 'verdict'], rows);
}

/** All tables as one document. */
export function studyMarkdown(results: StudyResults, plotOf: (id: string) => string | undefined): string {
  const { title, tables, parts, seeds } = results;
  const sections = tables.map((table) =>
    [`## ${table.title}`, table.note, sectionMarkdown(table, plotOf(table.id))]
      .filter((text) => text !== null && text !== '')
      .join('\n\n'),
  );
  const standing = `${parts.done} of ${pluralize(parts.total, 'part is', 'parts are')} done. Seeds: ${seeds.join(', ')}. A mean stands with half of its 95 % interval over seeds (Student's t). ${beyondIntervals}`;
  return `${[`# ${title}`, standing, verdictsMarkdown(results), ...sections].join('\n\n')}\n`;
}
