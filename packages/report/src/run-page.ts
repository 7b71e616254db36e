import { pluralize } from '@m3ae/errors';
import type {
  FineTuneResults,
  NeighborResults,
  ProbeResults,
  ReferenceProbeResults,
} from '@m3ae/evaluation/probe';
import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { MapResults } from '@m3ae/evaluation/embedding';
import type { AttentionResults } from '@m3ae/evaluation/attention';
import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { type Curve, curveLegendHtml, type CurveLine, curvesHtml, drawCurves } from './charts.js';
import { type Card, escapeHtml, foldedHtml, listingHtml, pageHtml, sectionHtml } from './page.js';
import { mapsSection } from './point-maps.js';
import { attentionSection, type Inline } from './sections/attention.js';
import { classifiersSection, fineTuneSection } from './sections/classifiers.js';
import { gallerySection } from './sections/gallery.js';
import { retrievalSection } from './sections/retrieval.js';
import { outliersSection } from './sections/outliers.js';
import { columnHeads, numberCell, tableHtml, wordCell } from './table.js';

/** Results of evaluators by their names; each that is there gets a section. */
export interface RunEvaluations {
  readonly probe?: ProbeResults;
  readonly knn?: NeighborResults;
  readonly 'probe-reference'?: ReferenceProbeResults;
  readonly finetune?: FineTuneResults;
  readonly ood?: OutlierResults;
  readonly attention?: AttentionResults;
  /** Attention of unseen pictures whose things have no known places, and of a person's own. */
  readonly 'attention-unseen'?: AttentionResults;
  readonly 'attention-picture'?: AttentionResults;
  readonly retrieve?: RetrievalResults;
  readonly embed?: MapResults;
}

/** All that the page of a training shows. */
export interface RunReport {
  readonly title: string;
  readonly subtitle: string;
  readonly headline: readonly Card[];
  /** Short name of the method, e.g. `M3AE`. */
  readonly method: string;
  /** Logged steps, validations, and evaluations during the training, a line each. */
  readonly metrics: readonly CurveLine[];
  readonly validation: readonly CurveLine[];
  readonly scheduled: readonly CurveLine[];
  /** Hidden and rebuilt examples; its pictures are addresses that an `<img>` takes. */
  readonly gallery: Gallery | null;
  readonly evaluations: RunEvaluations;
  /** Why nothing was classified; null where something was, or may be. */
  readonly evaluationNote: string | null;
  readonly inline: Inline;
  /** Sections of your own after those of the evaluations, as HTML. */
  readonly sections?: readonly string[];
  /** Sets of examples, for the data table. */
  readonly parts: readonly { readonly name: string; readonly length: number; readonly note: string }[];
  /** Who made the pictures or texts, and what may be done with them. */
  readonly licenses: readonly { readonly name: string; readonly author: string; readonly license: string }[];
  /** Files that could not be read, a line each; perhaps not all of `skippedCount`. */
  readonly skipped: readonly string[];
  readonly skippedCount: number;
  /** Command lines that trained the run, in order. */
  readonly commands: readonly {
    readonly command: string;
    readonly folder: string;
    /** ISO 8601. */
    readonly date: string;
    /** Of the source it ran from; null where it ran from an installed package. */
    readonly commit: string | null;
  }[];
  readonly config: unknown;
  readonly versions: Readonly<Record<string, string>>;
}

const curves: readonly Curve[] = [
  { title: 'Loss', field: 'loss', format: 'f' },
  { title: 'Picture: squared error of hidden patches', field: 'imageLoss', format: 'f' },
  { title: 'Text: cross-entropy of hidden word pieces', field: 'textLoss', format: 'f' },
  { title: 'Text: hidden word pieces guessed right', field: 'textAccuracy', format: '%' },
  { title: 'Text alone: cross-entropy', field: 'unpairedTextLoss', format: 'f' },
  { title: 'Gradient norm before clipping', field: 'gradientNorm', format: 'f' },
  { title: 'Validation pictures named right: linear probe', field: 'probe', format: '%' },
  { title: 'Validation pictures named right: nearest neighbors', field: 'knn', format: '%' },
  { title: 'Learning rate', field: 'learningRate', format: 'e' },
];

async function curvesSection({ metrics, validation, scheduled }: RunReport): Promise<string> {
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

function dataSection({ parts, licenses, skipped, skippedCount }: RunReport): string {
  const rows = parts.map(({ name, length, note }) => ({
    head: escapeHtml(name),
    cells: [numberCell(length.toLocaleString('en')), wordCell(note)],
  }));
  const authors = licenses.map(({ name, author, license }) => ({
    head: escapeHtml(name),
    cells: [wordCell(author), wordCell(license)],
  }));
  const files = skipped.map((file) => `<li>${escapeHtml(file)}</li>`);
  const more = skippedCount - skipped.length;
  return sectionHtml(
    'data',
    'Data',
    tableHtml('Part', [...columnHeads(['Examples']), ...columnHeads(['What for'], { words: true })], rows),
    `<p>${skippedCount === 0 ? 'No file had to be skipped.' : `${pluralize(skippedCount, 'unreadable file was', 'unreadable files were')} skipped:`}</p>`,
    files.length === 0 ? '' : `<ul>${files.join('')}${more > 0 ? `<li>and ${more} more</li>` : ''}</ul>`,
    authors.length === 0
      ? ''
      : `<h3>Authors and licenses</h3>${tableHtml('Set', columnHeads(['Author', 'License'], { words: true }), authors)}`,
  );
}

function detailsSection({ config, versions, commands }: RunReport): string {
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
function learnedSection({ evaluations, evaluationNote, method }: RunReport): string {
  const { probe, knn, 'probe-reference': reference } = evaluations;
  if (probe === undefined && knn === undefined && reference === undefined && evaluationNote !== null) {
    return sectionHtml('evaluation', 'What the encoder has learned', `<p>${escapeHtml(evaluationNote)}</p>`);
  }
  return classifiersSection(evaluations, method);
}

/** The sections of the evaluations beside those of the frozen encoder. */
async function evaluationSections({ evaluations, inline }: RunReport): Promise<string[]> {
  const { finetune, ood, attention, retrieve, embed } = evaluations;
  const { 'attention-unseen': unseen, 'attention-picture': own } = evaluations;
  return [
    finetune ? fineTuneSection(finetune) : '',
    ood ? outliersSection(ood) : '',
    attention ? attentionSection(attention, inline, 'scenes') : '',
    unseen ? attentionSection(unseen, inline, 'unseen') : '',
    own ? attentionSection(own, inline, 'own') : '',
    retrieve ? retrievalSection(retrieve) : '',
    embed ? await mapsSection(embed) : '',
  ];
}

/** The report of a training: one HTML page that needs no network, no script and no other file. */
export async function runPage(report: RunReport): Promise<string> {
  const { title, subtitle, headline, gallery, sections = [] } = report;
  return pageHtml({
    title,
    subtitle,
    headline,
    sections: [
      gallery === null ? '' : gallerySection(gallery),
      learnedSection(report),
      ...(await evaluationSections(report)),
      ...sections,
      await curvesSection(report),
      dataSection(report),
      detailsSection(report),
    ],
  });
}
