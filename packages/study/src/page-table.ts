import { escapeHtml, tableHtml, type TableRow } from '@m3ae/report';
import { showComparison, showRule, showVerdict } from './format.js';
import { type ShownTable, shownTable } from './layout.js';
import type { ClaimResult, ResultTable } from './results-types.js';
import type { Judgment } from './verdict.js';

const marks = { holds: '✓', 'does not hold': '✗', 'cannot be told': '?' } as const;

/** A verdict in words, with a mark that is readable without color. */
export function verdictMark(judgment: Judgment): string {
  const kind = judgment.verdict.replaceAll(' ', '-');
  return `<span class="verdict ${kind}"><b aria-hidden="true">${marks[judgment.verdict]}</b> ${escapeHtml(showVerdict(judgment))}</span>`;
}

function rowOf({ label, baseline, chosen, cells }: ShownTable['rows'][number]): TableRow {
  return {
    head: escapeHtml(label),
    cells: cells.map(({ text, detail, theirs }) => {
      const small = detail.filter((line) => line !== '').map((line) => `<small>${escapeHtml(line)}</small>`);
      return { html: escapeHtml(text) + small.join(''), theirs, best: chosen };
    }),
    ...(baseline && { kind: 'baseline' }),
  };
}

/** Our figures with the paper's beside them. */
export function figuresHtml(table: ResultTable): string {
  if (table.metrics.length === 0) return '';
  const { heads, rows } = shownTable(table);
  const theirs = heads.filter((head) => head.theirs).length;
  const ours = heads.length - theirs;
  const groups =
    theirs === 0
      ? ''
      : `<tr><td></td><th scope="colgroup" colspan="${ours}" class="number">ours</th><th scope="colgroup" colspan="${theirs}" class="number theirs">the paper</th></tr>`;
  const columns = heads.map(({ text, theirs }) => ({
    lines: [text],
    theirs,
    ...(theirs && { name: `the paper, ${text}` }),
  }));
  const notes = table.paper.flatMap(({ note }) => (note === null ? [] : [note]));
  return (
    tableHtml('', columns, rows.map(rowOf), groups) +
    notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('')
  );
}

function claimHtml(claim: ClaimResult): string {
  const rule = showRule(claim);
  const lines = claim.comparisons.map((one) => `<li>${escapeHtml(showComparison(one))}</li>`);
  return `<article class="claim"><p>${verdictMark(claim)} ${escapeHtml(claim.text)}${rule === '' ? '' : ` <small class="soft">(${rule})</small>`}</p><ul class="note">${lines.join('')}</ul></article>`;
}

/** The claims of a table with every comparison behind them. */
export function claimsHtml({ claims, claimsNote }: ResultTable): string {
  const note = claimsNote === null ? '' : `<p class="note">${escapeHtml(claimsNote)}</p>`;
  return claims.map(claimHtml).join('\n') + note;
}
