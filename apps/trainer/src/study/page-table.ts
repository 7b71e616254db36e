import { escapeHtml } from '../report/escape.js';
import { showComparison, showRule, showVerdict } from './format.js';
import { type ShownTable, shownTable } from './layout.js';
import type { ClaimResult, ResultTable } from './results-types.js';
import type { Judgement } from './verdict.js';

const marks = { holds: '✓', 'does not hold': '✗', 'cannot be told': '?' } as const;

/** A verdict in words, with a mark that is readable without colour. */
export function verdictMark(judgement: Judgement): string {
  const kind = judgement.verdict.replaceAll(' ', '-');
  return `<span class="verdict ${kind}"><b aria-hidden="true">${marks[judgement.verdict]}</b> ${escapeHtml(showVerdict(judgement))}</span>`;
}

const kindOf = (theirs: boolean, chosen = false) =>
  `number${theirs ? ' theirs' : ''}${chosen ? ' best' : ''}`;

function rowHtml({ label, baseline, chosen, cells }: ShownTable['rows'][number]): string {
  const shown = cells.map(({ text, detail, theirs }) => {
    const small = detail
      .filter((line) => line !== '')
      .map((line) => `<small>${escapeHtml(line)}</small>`)
      .join('');
    return `<td class="${kindOf(theirs, chosen)}">${escapeHtml(text)}${small}</td>`;
  });
  return `<tr${baseline ? ' class="baseline"' : ''}><th scope="row">${escapeHtml(label)}</th>${shown.join('')}</tr>`;
}

/** Our figures with the paper's beside them. */
export function tableHtml(table: ResultTable): string {
  if (table.metrics.length === 0) return '';
  const { heads, rows } = shownTable(table);
  const theirs = heads.filter((head) => head.theirs).length;
  const ours = heads.length - theirs;
  const groups =
    theirs === 0
      ? ''
      : `<tr><td></td><th scope="colgroup" colspan="${ours}" class="number">ours</th><th scope="colgroup" colspan="${theirs}" class="number theirs">the paper</th></tr>`;
  const columns = heads.map(
    (head) => `<th scope="col" class="${kindOf(head.theirs)}">${escapeHtml(head.text)}</th>`,
  );
  const notes = table.paper.flatMap(({ note }) => (note === null ? [] : [note]));
  return `<div class="scroll"><table><thead>${groups}<tr><td></td>${columns.join('')}</tr></thead><tbody>
${rows.map(rowHtml).join('\n')}
</tbody></table></div>${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('')}`;
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
