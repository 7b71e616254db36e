import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { faultOf, invalidField, InvalidInput, nearestHint, pluralize } from '@m3ae/errors';
import { writeWhole } from '@m3ae/checkpoint/files';
import type { ResultTable, StudyResults } from './results-types.js';
import { beyondIntervals, showComparison, shownTable, showRule, showVerdict } from './shown-results.js';

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

const marked = /<!-- study:([\w-]+) -->[\s\S]*?<!-- \/study -->/g;

/** What may stand between markers of a name; undefined for a table that was not asked for this time. */
type MarkdownOf = (name: string) => string | undefined;

/**
 * Replaces what stands between `<!-- study:NAME -->` and `<!-- /study -->`, and nothing else.
 *
 * @param names - All that markers may name.
 * @throws InvalidInput for text without markers, or with a name that is not known.
 */
export function fillMarkers(text: string, names: readonly string[], markdownOf: MarkdownOf): string {
  const found = [...text.matchAll(marked)].map(([, name]) => name!);
  const faults = found
    .filter((name) => !names.includes(name))
    .map((name) => faultOf('marker', 'the id of a table, or "verdicts"', name, nearestHint(name, names)));
  if (found.length === 0) {
    const remedy = 'Write <!-- study:methods --> and <!-- /study --> where a table shall stand.';
    faults.push(faultOf('markdown', 'a text with markers', 'one without', remedy));
  }
  if (faults.length > 0) throw new InvalidInput(faults);
  return text.replace(marked, (before: string, name: string) => {
    const markdown = markdownOf(name);
    return markdown === undefined ? before : `<!-- study:${name} -->\n\n${markdown}\n\n<!-- /study -->`;
  });
}

/** Path from a Markdown file to another file, with forward slashes. */
export function linkFrom(file: string, target: string): string {
  return relative(dirname(file), target).split(sep).join('/');
}

/**
 * Refuses a file whose markers cannot be filled, before anything is computed for them.
 *
 * @throws InvalidInput if it is missing or has no markers of these names.
 */
export function requireMarkers(file: string, names: readonly string[]): void {
  fillMarkers(readMarkdown(file), names, () => undefined);
}

/** Fills the markers of a file. */
export function fillMarkdownFile(file: string, names: readonly string[], markdownOf: MarkdownOf): void {
  writeWhole(file, fillMarkers(readMarkdown(file), names, markdownOf));
}

function readMarkdown(file: string): string {
  if (existsSync(file) && statSync(file).isFile()) return readFileSync(file, 'utf8');
  throw invalidField('markdown', 'a file', file, 'Write it first, with markers where tables shall stand.');
}
