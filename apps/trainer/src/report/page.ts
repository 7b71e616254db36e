import { pluralize } from '@m3ae/errors';
import {
  columnHeads,
  type Curve,
  curveLegendHtml,
  curvesHtml,
  drawCurves,
  escapeHtml,
  foldedHtml,
  listingHtml,
  numberCell,
  pageHtml,
  sectionHtml,
  tableHtml,
  wordCell,
} from '@m3ae/report';
import type { NeighbourResults, ProbeResults, ReferenceProbeResults } from '../evaluation/types.js';
import { skippedLine } from '../run/loaders.js';
import { evaluationSection } from './page-evaluation.js';
import { evaluationSections } from './page-sections.js';
import { gallerySection } from './page-gallery.js';
import type { ReportData } from './types.js';

const curves: readonly Curve[] = [
  { title: 'Loss', field: 'loss', format: 'f' },
  { title: 'Picture: squared error of hidden patches', field: 'imageLoss', format: 'f' },
  { title: 'Text: cross-entropy of hidden word pieces', field: 'textLoss', format: 'f' },
  { title: 'Text: hidden word pieces guessed right', field: 'textAccuracy', format: '%' },
  { title: 'Text alone: cross-entropy', field: 'unpairedTextLoss', format: 'f' },
  { title: 'Gradient norm before clipping', field: 'gradientNorm', format: 'f' },
  { title: 'Validation pictures named right: linear probe', field: 'probe', format: '%' },
  { title: 'Validation pictures named right: nearest neighbours', field: 'knn', format: '%' },
  { title: 'Learning rate', field: 'learningRate', format: 'e' },
];

async function curvesSection({ metrics, validation, scheduled }: ReportData): Promise<string> {
  const drawn = [
    ...(await drawCurves(curves, metrics, validation)),
    ...(await drawCurves(curves, scheduled)), // evaluations during training
  ];
  if (drawn.length === 0) return '';
  const legend = curveLegendHtml(
    'training batches: as logged (thin) and smoothed',
    validation.length > 0 ? 'validation part, same masks every time' : undefined,
  );
  return sectionHtml('curves', 'Training', legend, curvesHtml(drawn));
}

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
  return sectionHtml(
    'data',
    'Data',
    tableHtml('Part', [...columnHeads(['Examples']), ...columnHeads(['What for'], { words: true })], rows),
    `<p>${skippedCount === 0 ? 'No file had to be skipped.' : `${pluralize(skippedCount, 'unreadable file was', 'unreadable files were')} skipped:`}</p>`,
    skipped.length === 0 ? '' : `<ul>${skipped.join('')}${more > 0 ? `<li>and ${more} more</li>` : ''}</ul>`,
    authors.length === 0
      ? ''
      : `<h3>Authors and licences</h3>${tableHtml('Set', columnHeads(['Author', 'Licence'], { words: true }), authors)}`,
  );
}

function detailsSection({ config, versions, commands }: ReportData): string {
  const list = Object.entries(versions).map(([name, value]) => `${name}: ${value}`);
  const began = commands.map(({ command, folder, date, commit }) => {
    const source = commit === null ? 'an installed package' : `commit ${commit}`;
    return `<p class="note">${escapeHtml(`${date.replace('T', ' ').replace('Z', ' UTC')}, ${source}, in ${folder}:`)}</p><pre class="command">${escapeHtml(command)}</pre>`;
  });
  return sectionHtml(
    'details',
    'How to repeat it',
    ...began,
    foldedHtml('Config, everything resolved', listingHtml(config)),
    foldedHtml('Versions', listingHtml(list.join('\n'))),
  );
}

/** What the frozen encoder has learned, or why nothing was classified. */
function learnedSection({ evaluations, evaluationNote, method }: ReportData): string {
  const { probe, knn, 'probe-reference': reference } = evaluations;
  if (probe === undefined && knn === undefined && reference === undefined && evaluationNote !== null) {
    return sectionHtml('evaluation', 'What the encoder has learned', `<p>${escapeHtml(evaluationNote)}</p>`);
  }
  return evaluationSection(
    probe?.results as ProbeResults | undefined,
    knn?.results as NeighbourResults | undefined,
    reference?.results as ReferenceProbeResults | undefined,
    method,
  );
}

/** The report of a run: one HTML page that needs no network, no script and no other file. */
export async function reportPage(data: ReportData): Promise<string> {
  const { title, subtitle, headline, gallery } = data;
  return pageHtml({
    title,
    subtitle,
    headline,
    sections: [
      gallery === null ? '' : gallerySection(gallery),
      learnedSection(data),
      await evaluationSections(data),
      await curvesSection(data),
      dataSection(data),
      detailsSection(data),
    ],
  });
}
