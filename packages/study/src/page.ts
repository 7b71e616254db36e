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
} from '@m3ae/report';
import type { DrawnPlot } from './draw-plots.js';
import { beyondIntervals } from './format.js';
import { claimsHtml, figuresHtml, verdictMark } from './page-table.js';
import type { ResultTable, StudyResults } from './results-types.js';

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
export interface StudyPageData {
  readonly results: StudyResults;
  readonly plots: ReadonlyMap<string, DrawnPlot>;
  /** Galleries by table, ready to be set in. */
  readonly pictures: ReadonlyMap<string, string>;
  /** The study, as it was run. */
  readonly study: unknown;
}

function headline({ parts, tables, seeds }: StudyResults): Card[] {
  const claims = tables.flatMap((table) => table.claims);
  const count = (wanted: string) => claims.filter(({ verdict }) => verdict === wanted).length;
  const held = {
    label: 'Claims that hold',
    value: `${count('holds')} of ${claims.length}`,
    note: `${count('cannot be told')} cannot be told`,
  };
  return [
    ...(claims.length === 0 ? [] : [held]),
    {
      label: 'Parts done',
      value: `${parts.done} of ${parts.total}`,
      note: `${duration(parts.seconds)} of computing`,
    },
    { label: 'Seeds', value: String(seeds.length), note: seeds.join(', ') },
  ];
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
  const plot = plots.get(table.id);
  const summary = escapeHtml(`Plot of the table ${table.title}`);
  const figure =
    plot === undefined
      ? ''
      : `<figure class="plot"><div role="img" aria-label="${summary}">${plot.svg}</div></figure>`;
  const missing =
    table.missing === 0
      ? ''
      : `<p class="note">${table.missing} of ${pluralize(table.wanted, 'value is', 'values are')} not measured yet.</p>`;
  const note = table.note === null ? '' : `<p>${escapeHtml(table.note)}</p>`;
  const shown = [figuresHtml(table), missing, figure, claimsHtml(table), pictures.get(table.id) ?? ''];
  return sectionHtml(table.id, table.title, note, shown.join(''));
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
