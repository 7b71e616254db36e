import { duration, pluralize } from '@m3ae/errors';
import {
  type Card,
  columnHeads,
  escapeHtml,
  foldedHtml,
  listingHtml,
  pageHtml,
  sectionHtml,
  tableHtml,
  type TableRow,
} from '@m3ae/report';
import type { DrawnPlot } from './plots.js';
import type { ClaimResult, ResultTable, StudyResults } from './results-types.js';
import {
  beyondIntervals,
  showComparison,
  type ShownTable,
  shownTable,
  showRule,
  showVerdict,
} from './shown-results.js';
import type { Judgment } from './statistics.js';

const looks = `
.plot { margin: 1rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1rem; overflow-x: auto; }
.plot svg { max-width: 100%; height: auto; display: block; }
.verdict { font-weight: 650; border: 1px solid var(--line); border-radius: .8rem; padding: .05rem .6rem; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.verdict.holds { color: var(--good); border-color: currentColor; }
.verdict.does-not-hold { border-style: double; border-width: 3px; }
.verdict.cannot-be-told { border-style: dashed; }
.claim p { max-width: none; margin: .8rem 0 .2rem; }
.claim ul { margin: 0 0 .6rem; }
td.number small, th.number { white-space: normal; }
@media (max-width: 40rem) {
  .plot svg { max-width: none; }
}
@media (min-width: 40.01rem) {
  td.number { min-width: 7.5rem; }
  td.theirs { min-width: 4rem; }
}
.theirs { border-left: 1px solid var(--line); color: var(--soft); }
tr.baseline { font-style: italic; }
.pictures { grid-template-columns: repeat(auto-fit, minmax(5rem, 1fr)); }
.pictures figure { min-width: 0; max-width: 12rem; }
`;

/** Everything that the page shows. */
interface StudyPageData {
  readonly results: StudyResults;
  readonly plots: ReadonlyMap<string, DrawnPlot>;
  /** Galleries by table, ready to be set in. */
  readonly pictures: ReadonlyMap<string, string>;
  /** The study, as it was run. */
  readonly study: unknown;
}

const marks = { holds: '✓', 'does not hold': '✗', 'cannot be told': '?' } as const;

/** A verdict in words, with a mark that is readable without color. */
function verdictMark(judgment: Judgment): string {
  const kind = judgment.verdict.replaceAll(' ', '-');
  return `<span class="verdict ${kind}"><b aria-hidden="true">${marks[judgment.verdict]}</b> ${escapeHtml(showVerdict(judgment))}</span>`;
}

const noteHtml = (text: string) => `<p class="note">${escapeHtml(text)}</p>`;

function rowOf({ label, baseline, chosen, cells }: ShownTable['rows'][number]): TableRow {
  return {
    head: escapeHtml(label),
    cells: cells.map(({ text, detail = [], theirs }) => {
      const small = detail.map((line) => `<small>${escapeHtml(line)}</small>`);
      return { html: escapeHtml(text) + small.join(''), theirs, best: chosen };
    }),
    ...(baseline && { kind: 'baseline' }),
  };
}

/** Our figures with the paper's beside them. */
function figuresHtml(table: ResultTable): string {
  if (table.metrics.length === 0) return '';
  const { heads, rows } = shownTable(table);
  const theirs = heads.filter((head) => head.theirs).length;
  const over = (columns: number, kinds: string, text: string) =>
    `<th scope="colgroup" colspan="${columns}" class="${kinds}">${text}</th>`;
  const groups = `<tr><td></td>${over(heads.length - theirs, 'number', 'ours')}${over(theirs, 'number theirs', 'the paper')}</tr>`;
  const columns = heads.map(({ text, theirs }) => ({
    lines: [text],
    theirs,
    name: theirs ? `the paper, ${text}` : text,
  }));
  const notes = table.paper.flatMap(({ note }) => (note === null ? [] : noteHtml(note)));
  return tableHtml('', columns, rows.map(rowOf), theirs === 0 ? '' : groups) + notes.join('');
}

function claimHtml(claim: ClaimResult): string {
  const rule = showRule(claim);
  const lines = claim.comparisons.map((one) => `<li>${escapeHtml(showComparison(one))}</li>`);
  return `<article class="claim"><p>${verdictMark(claim)} ${escapeHtml(claim.text)}${rule === '' ? '' : ` <small class="soft">(${rule})</small>`}</p><ul class="note">${lines.join('')}</ul></article>`;
}

function headline({ parts, tables, seeds }: StudyResults): Card[] {
  const claims = tables.flatMap((table) => table.claims);
  const count = (wanted: string) => claims.filter(({ verdict }) => verdict === wanted).length;
  const held = {
    label: 'Claims that hold',
    value: `${count('holds')} of ${claims.length}`,
    note: `${count('cannot be told')} cannot be told`,
  };
  const done = {
    label: 'Parts done',
    value: `${parts.done} of ${parts.total}`,
    note: `${duration(parts.seconds)} of computing`,
  };
  const seedCard = { label: 'Seeds', value: String(seeds.length), note: seeds.join(', ') };
  return claims.length === 0 ? [done, seedCard] : [held, done, seedCard];
}

function verdictsSection({ tables }: StudyResults): string {
  const rows = tables.flatMap(({ id, title, claims }) =>
    claims.map((claim) => ({
      head: escapeHtml(claim.text),
      cells: [
        { html: verdictMark(claim), words: true },
        { html: `<a href="#${id}">${escapeHtml(title)}</a>`, words: true },
      ],
    })),
  );
  const heads = columnHeads(['Verdict', 'Table'], { words: true });
  return rows.length === 0 ? '' : sectionHtml('verdicts', 'Claims', tableHtml('Claim', heads, rows));
}

function tableSection(table: ResultTable, { plots, pictures }: StudyPageData): string {
  const { id, title, note, missing, wanted, claims, claimsNote } = table;
  const plot = plots.get(id);
  const summary = escapeHtml(`Plot of the table ${title}`);
  const shown = [
    figuresHtml(table),
    missing > 0
      ? noteHtml(`${missing} of ${pluralize(wanted, 'value is', 'values are')} not measured yet.`)
      : '',
    plot ? `<figure class="plot"><div role="img" aria-label="${summary}">${plot.svg}</div></figure>` : '',
    claims.map(claimHtml).join('\n'),
    claimsNote === null ? '' : noteHtml(claimsNote),
    pictures.get(id) ?? '',
  ];
  return sectionHtml(id, title, note === null ? '' : `<p>${escapeHtml(note)}</p>`, shown.join(''));
}

const method = sectionHtml(
  'method',
  'How to read it',
  `<p>A figure is the mean over seeds, ± half of its 95 % interval over seeds (Student's t). Beneath it stands every seed, and what the size of the test part
alone would allow (Wilson). ${beyondIntervals} A ring in a plot is one seed, a bar or line their mean; a dashed line is a baseline.</p>
<p>A comparison takes the difference of two variants by seed. With its mean and 95 % interval, a claim <b>holds on this split, firmly over seeds</b> where the whole interval reaches the
wanted difference, and <b>on average over seeds</b> where the mean does and the whole interval lies above 0. It <b>does not hold on this split</b> where the whole interval lies below the wanted
difference. Anything else, and fewer than three seeds, <b>cannot be told</b>.</p>`,
);

/** A folded list; nothing where there is nothing in it. */
const foldedList = (summary: string, items: readonly string[]) =>
  items.length === 0
    ? ''
    : foldedHtml(summary, `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`);

function detailsSection({ results, study }: StudyPageData): string {
  const { parts, commits, versions } = results;
  const { missing, stale } = parts;
  return sectionHtml(
    'details',
    'How to repeat it',
    foldedList(`${pluralize(missing.length, 'part is', 'parts are')} not done`, missing),
    foldedList(
      `${pluralize(stale.length, 'result is', 'results are')} kept and not used`,
      stale.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    foldedHtml('The study', listingHtml(study)),
    foldedHtml('Versions', listingHtml({ commits, versions })),
  );
}

/** Builds the page of a study: it needs no network, no script and no other file. */
export function studyPage(data: StudyPageData): string {
  const { results } = data;
  const beside =
    'Our figures beside those of the paper: Geng et al., Multimodal Masked Autoencoders Learn Transferable Representations, 2022.';
  return pageHtml({
    title: results.title,
    ...(results.tables.some(({ paper }) => paper.length > 0) && { subtitle: beside }),
    headline: headline(results),
    sections: [
      verdictsSection(results),
      ...results.tables.map((table) => tableSection(table, data)),
      method,
      detailsSection(data),
    ],
    styles: looks,
  });
}
