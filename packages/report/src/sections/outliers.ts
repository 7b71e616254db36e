import { pluralize } from '@m3ae/errors';
import type { OutlierMethod, OutlierResults, OutlierTable } from '@m3ae/evaluation/outliers';
import { escapeHtml, foldedHtml, sectionHtml } from '../page.js';
import { percent, shareCell, tableHtml } from '../table.js';

const scoreWords: Readonly<Record<OutlierMethod, string>> = {
  maximumSoftmax: 'maximum softmax',
  energy: 'energy',
  mahalanobis: 'Mahalanobis distance',
  relativeMahalanobis: 'relative Mahalanobis distance',
  neighborDistance: 'distance to the nearest neighbors',
};

function table(sets: OutlierTable, { scores, outliers }: OutlierResults): string {
  const best = (key: string) => Math.max(...scores.map((score) => sets[key]![score]!.auroc));
  const rows = scores.map((score) => ({
    head: scoreWords[score],
    cells: outliers.map(({ key }) => {
      const { auroc, low, high, aupr, fpr95 } = sets[key]![score]!;
      const more = [`AUPR ${percent(aupr)}`, `FPR95 ${percent(fpr95)}`];
      return { ...shareCell({ value: auroc, low, high }, more), best: auroc === best(key) };
    }),
  }));
  const heads = outliers.map(({ name, length }) => ({ lines: [name, pluralize(length, 'picture')] }));
  return tableHtml('Score', heads, rows);
}

/** The section on pictures unlike those trained on. */
export function outliersSection(results: OutlierResults): string {
  const { inDistribution, outliers, classifier, features, sets, byTest } = results;
  const inside = inDistribution.map(({ name, length }) => `${name} (${length})`).join(' and ');
  const notes = outliers
    .map(({ name, note }) => `<strong>${escapeHtml(name)}</strong>: ${escapeHtml(note)}`)
    .join(' ');
  const logits =
    classifier.kind === 'head'
      ? "The first two scores read the model's own head."
      : `The first two scores read a linear classifier on the features (penalty ${classifier.l2}).`;
  const alone = inDistribution.length < 2 ? [] : inDistribution;
  return sectionHtml(
    'outliers',
    'Pictures unlike those trained on',
    `<p>Each score should be higher for pictures of other kinds than for unseen ones of the kind trained on: ${escapeHtml(inside)}. Large figures are the area under the ROC curve, where 50 % is chance,
with 95 % intervals; AUPR has the outliers as what is looked for; FPR95 is the share of outliers that pass where 95 % of the others do. Features: ${escapeHtml(features)}. ${logits} ${notes}</p>`,
    table(sets, results),
    ...alone.map(({ key, name }) => foldedHtml(`Against ${name} alone`, table(byTest[key]!, results))),
  );
}
