import { pluralize } from '@m3ae/errors';
import { drawCurves, type DrawnCurve } from './charts.js';
import { escapeHtml } from './escape.js';
import { evaluationSection } from './page-evaluation.js';
import { evaluationSections } from './page-sections.js';
import { gallerySection } from './page-gallery.js';
import { styles } from './styles.js';
import { numberCell, tableHtml, wordCell } from './table.js';
import type { ReportData } from './types.js';
import { skippedLine } from '../run/loaders.js';
import type { NeighbourResults, ProbeResults, ReferenceProbeResults } from '../evaluation/types.js';

function headlineOf({ headline }: ReportData): string {
  const cards = headline.map(
    ({ label, value, note }) =>
      `<div><dt>${escapeHtml(label)}</dt><dd class="value">${escapeHtml(value)}</dd><dd class="note">${escapeHtml(note)}</dd></div>`,
  );
  return `<dl class="headline">${cards.join('')}</dl>`;
}

function curvesSection(curves: readonly DrawnCurve[], hasValidation: boolean): string {
  if (curves.length === 0) return '';
  const figures = curves.map(
    ({ title, summary, svg }) =>
      `<figure><h3>${escapeHtml(title)}</h3><div role="img" aria-label="${escapeHtml(summary)}">${svg}</div></figure>`,
  );
  const validation = hasValidation
    ? '<span><i style="background:#d9722e"></i>validation part, same masks every time</span>'
    : '';
  return `<section aria-labelledby="curves"><h2 id="curves">Training</h2>
<p class="legend note"><span><i style="background:#4f7fd9"></i>training batches: as logged (thin) and smoothed</span>${validation}</p>
<div class="curves">${figures.join('\n')}</div></section>`;
}

const wordHeads = (names: readonly string[]) => names.map((name) => ({ lines: [name], words: true }));

function dataSection({ parts, licences, skippedFiles, skippedCount }: ReportData): string {
  const rows = parts.map(({ name, length, note }) => ({
    head: escapeHtml(name),
    cells: [numberCell(length.toLocaleString('en')), wordCell(note)],
  }));
  const authors = licences.map(({ name, author, licence }) => ({
    head: escapeHtml(name),
    cells: [wordCell(author), wordCell(licence)],
  }));
  const skipped = skippedFiles.map((file) => `<li>${escapeHtml(skippedLine(file))}</li>`);
  const more = skippedCount - skippedFiles.length;
  return `<section aria-labelledby="data"><h2 id="data">Data</h2>
${tableHtml('Part', [{ lines: ['Examples'] }, { lines: ['What for'], words: true }], rows)}
<p>${skippedCount === 0 ? 'No file had to be skipped.' : `${pluralize(skippedCount, 'unreadable file was', 'unreadable files were')} skipped:`}</p>
${skipped.length === 0 ? '' : `<ul>${skipped.join('')}${more > 0 ? `<li>and ${more} more</li>` : ''}</ul>`}
${authors.length === 0 ? '' : `<h3>Authors and licences</h3>${tableHtml('Set', wordHeads(['Author', 'Licence']), authors)}`}
</section>`;
}

function detailsSection({ config, versions, commands }: ReportData): string {
  const list = Object.entries(versions).map(([name, value]) => `${name}: ${value}`);
  const began = commands.map(({ command, folder, date, commit }) => {
    const source = commit === null ? 'an installed package' : `commit ${commit}`;
    return `<p class="note">${escapeHtml(`${date.replace('T', ' ').replace('Z', ' UTC')}, ${source}, in ${folder}:`)}</p><pre class="command">${escapeHtml(command)}</pre>`;
  });
  return `<section aria-labelledby="details"><h2 id="details">How to repeat it</h2>
${began.join('\n')}
<details><summary>Config, everything resolved</summary><pre tabindex="0">${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>
<details><summary>Versions</summary><pre tabindex="0">${escapeHtml(list.join('\n'))}</pre></details></section>`;
}

/**
 * Builds the report: one HTML page that needs no network, no script and no other file.
 *
 * @returns The page's text.
 */
export async function reportPage(data: ReportData): Promise<string> {
  const curves = [
    ...(await drawCurves(data.metrics, data.validation)),
    ...(await drawCurves(data.scheduled, [])), // evaluations during training
  ];
  const { probe, knn, 'probe-reference': reference } = data.evaluations;
  const learned =
    probe === undefined && knn === undefined && reference === undefined && data.evaluationNote !== null
      ? `<section><h2>What the encoder has learned</h2><p>${escapeHtml(data.evaluationNote)}</p></section>`
      : evaluationSection(
          probe?.results as ProbeResults | undefined,
          knn?.results as NeighbourResults | undefined,
          reference?.results as ReferenceProbeResults | undefined,
          data.method,
        );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(data.title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
<header><h1>${escapeHtml(data.title)}</h1><p class="soft">${escapeHtml(data.subtitle)}</p>${headlineOf(data)}</header>
${data.gallery === null ? '' : gallerySection(data.gallery)}
${learned}
${await evaluationSections(data)}
${curvesSection(curves, data.validation.length > 0)}
${dataSection(data)}
${detailsSection(data)}
</main>
</body>
</html>
`;
}
