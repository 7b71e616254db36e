import type { AttentionResults } from '../evaluation/attention.js';
import type { FineTuneResults } from '../evaluation/fine-tune.js';
import type { MapResults } from '../evaluation/embedding-map.js';
import type { OutlierResults } from '../evaluation/outliers.js';
import type { RetrievalResults } from '../evaluation/retrieval.js';
import { attentionSection } from './page-attention.js';
import { fineTuneSection } from './page-fine-tune.js';
import { mapsSection } from './page-maps.js';
import { outliersSection } from './page-outliers.js';
import { retrievalSection } from './page-retrieval.js';
import type { ReportData } from './types.js';

/** Sections of the evaluations that were asked for beside probe and nearest neighbours, in the order of the page. */
const sections: readonly {
  readonly evaluation: string;
  readonly section: (results: never, data: ReportData) => string | Promise<string>;
}[] = [
  { evaluation: 'finetune', section: (results: FineTuneResults) => fineTuneSection(results) },
  { evaluation: 'ood', section: (results: OutlierResults) => outliersSection(results) },
  {
    evaluation: 'attention',
    section: (results: AttentionResults, { inline }) => attentionSection(results, inline, 'scenes'),
  },
  {
    evaluation: 'attention-unseen',
    section: (results: AttentionResults, { inline }) => attentionSection(results, inline, 'unseen'),
  },
  {
    evaluation: 'attention-picture',
    section: (results: AttentionResults, { inline }) => attentionSection(results, inline, 'own'),
  },
  { evaluation: 'retrieve', section: (results: RetrievalResults) => retrievalSection(results) },
  { evaluation: 'embed', section: (results: MapResults) => mapsSection(results) },
];

/** The sections of the evaluations that a run folder holds. */
export async function evaluationSections(data: ReportData): Promise<string> {
  const present = sections.filter(({ evaluation }) => data.evaluations[evaluation] !== undefined);
  const drawn = await Promise.all(
    present.map(({ evaluation, section }) => section(data.evaluations[evaluation]!.results as never, data)),
  );
  return drawn.join('\n');
}
