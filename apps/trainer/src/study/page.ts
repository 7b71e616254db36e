import { pluralize } from '@m3ae/errors';
import { escapeHtml, styles, tableHtml } from '@m3ae/report';
import { duration } from '../run/progress.js';
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
  /** The study config, as it was run. */
  readonly config: unknown;
}

function headline({ parts, tables, seeds }: StudyResults): string {
  const claims = tables.flatMap((table) => table.claims);
  const holding = claims.filter(({ verdict }) => verdict === 'holds').length;
  const open = claims.filter(({ verdict }) => verdict === 'cannot be told').length;
  const cards = [
    ...(claims.length === 0
      ? []
      : [['Claims that hold', `${holding} of ${claims.length}`, `${open} cannot be told`]]),
    ['Parts done', `${parts.done} of ${parts.total}`, `${duration(parts.seconds)} of computing`],
    ['Seeds', String(seeds.length), seeds.join(', ')],
  ];
  return `<dl class="headline">${cards
    .map(
      ([label, value, note]) =>
        `<div><dt>${escapeHtml(label!)}</dt><dd class="value">${escapeHtml(value!)}</dd><dd class="note">${escapeHtml(note!)}</dd></div>`,
    )
    .join('')}</dl>`;
}

function besidePaper({ tables }: StudyResults): string {
  if (tables.every(({ paper }) => paper.length === 0)) return '';
  return '<p class="soft">Our figures beside those of the paper: Geng et al., Multimodal Masked Autoencoders Learn Transferable Representations, 2022.</p>';
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
  if (rows.length === 0) return '';
  const heads = ['Verdict', 'Table'].map((head) => ({ lines: [head], words: true }));
  return `<section aria-labelledby="verdicts"><h2 id="verdicts">Claims</h2>
${tableHtml('Claim', heads, rows)}</section>`;
}

function tableSection(table: ResultTable, { plots, pictures }: StudyPageData): string {
  const plot = plots.get(table.id);
  const summary = `Plot of the table ${table.title}`;
  const figure =
    plot === undefined
      ? ''
      : `<figure class="plot"><div role="img" aria-label="${escapeHtml(summary)}">${plot.svg}</div></figure>`;
  const missing =
    table.missing === 0
      ? ''
      : `<p class="note">${table.missing} of ${pluralize(table.wanted, 'value is', 'values are')} not measured yet.</p>`;
  return `<section aria-labelledby="${table.id}"><h2 id="${table.id}">${escapeHtml(table.title)}</h2>
${table.note === null ? '' : `<p>${escapeHtml(table.note)}</p>`}
${figuresHtml(table)}${missing}${figure}${claimsHtml(table)}${pictures.get(table.id) ?? ''}</section>`;
}

const method = `<section aria-labelledby="method"><h2 id="method">How to read it</h2>
<p>A figure is the mean over seeds, ± half of its 95 % interval over seeds (Student's t). Beneath it stands every seed, and what the size of the test part
alone would allow (Wilson). ${beyondIntervals} A ring in a plot is one seed, a bar or line their mean; a dashed line is a baseline.</p>
<p>A comparison takes the difference of two variants by seed. With its mean and 95 % interval, a claim <b>holds on this split, firmly over seeds</b> where the whole interval reaches the
wanted difference, and <b>on average over seeds</b> where the mean does and the whole interval lies above 0. It <b>does not hold on this split</b> where the whole interval lies below the wanted
difference. Anything else, and fewer than three seeds, <b>cannot be told</b>.</p></section>`;

function detailsSection({ results, config }: StudyPageData): string {
  const { parts, commits, versions } = results;
  const missing = parts.missing.map((name) => `<li>${escapeHtml(name)}</li>`).join('');
  const stale = parts.stale
    .map(({ file, reason }) => `<li>${escapeHtml(`${file}: ${reason}`)}</li>`)
    .join('');
  return `<section aria-labelledby="details"><h2 id="details">How to repeat it</h2>
${missing === '' ? '' : `<details><summary>${pluralize(parts.missing.length, 'part is', 'parts are')} not done</summary><ul>${missing}</ul></details>`}
${stale === '' ? '' : `<details><summary>${pluralize(parts.stale.length, 'result is', 'results are')} kept and not used</summary><ul>${stale}</ul></details>`}
<details><summary>The study</summary><pre tabindex="0">${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>
<details><summary>Versions</summary><pre tabindex="0">${escapeHtml(JSON.stringify({ commits, versions }, null, 2))}</pre></details></section>`;
}

/** Builds the page of a study: it needs no network, no script and no other file. */
export function studyPage(data: StudyPageData): string {
  const { results } = data;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(results.title)}</title>
<style>${styles}${looks}</style>
</head>
<body>
<main>
<header><h1>${escapeHtml(results.title)}</h1>${besidePaper(results)}${headline(results)}</header>
${verdictsSection(results)}
${results.tables.map((table) => tableSection(table, data)).join('\n')}
${method}
${detailsSection(data)}
</main>
</body>
</html>
`;
}
