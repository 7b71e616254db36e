import type { AttentionResults } from '../evaluation/attention.js';
import type { OutlierResults } from '../evaluation/outliers.js';
import { attentionSection } from './page-attention.js';
import { outliersSection } from './page-outliers.js';
import type { ReportData } from './types.js';

/** Sections of the evaluations that were asked for beside probe and nearest neighbours, in the order of the page. */
const sections: readonly {
  readonly evaluation: string;
  readonly section: (results: never, data: ReportData) => string;
}[] = [
  { evaluation: 'ood', section: (results: OutlierResults) => outliersSection(results) },
  {
    evaluation: 'attention',
    section: (results: AttentionResults, { inline }) => attentionSection(results, inline),
  },
];

/** The sections of the evaluations that a run folder holds. */
export function evaluationSections(data: ReportData): string {
  return sections
    .filter(({ evaluation }) => data.evaluations[evaluation] !== undefined)
    .map(({ evaluation, section }) => section(data.evaluations[evaluation]!.results as never, data))
    .join('\n');
}
