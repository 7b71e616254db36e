import { pluralize } from '@m3ae/errors';
import type { OutlierMethod } from '@m3ae/evaluation';
import type { OutlierResults, OutlierTable } from '../evaluation/outliers.js';
import { escapeHtml, percent } from './escape.js';

const scoreWords: Readonly<Record<OutlierMethod, string>> = {
  maximumSoftmax: 'maximum softmax',
  energy: 'energy',
  mahalanobis: 'Mahalanobis distance',
  relativeMahalanobis: 'relative Mahalanobis distance',
  neighbourDistance: 'distance to the nearest neighbours',
};

function table(sets: OutlierTable, { scores, outliers }: OutlierResults): string {
  const best = (key: string) => Math.max(...scores.map((score) => sets[key]![score]!.auroc));
  const rows = scores.map((score) => {
    const cells = outliers.map(({ key }) => {
      const { auroc, low, high, aupr, fpr95 } = sets[key]![score]!;
      return `<td class="number${auroc === best(key) ? ' best' : ''}">${percent(auroc)}<small>${percent(low)} – ${percent(high)}<br>AUPR ${percent(aupr)}<br>FPR95 ${percent(fpr95)}</small></td>`;
    });
    return `<tr><th scope="row">${scoreWords[score]}</th>${cells.join('')}</tr>`;
  });
  const heads = outliers.map(
    ({ name, length }) =>
      `<th scope="col" class="number">${escapeHtml(name)}<br>${pluralize(length, 'picture')}</th>`,
  );
  return `<div class="scroll"><table><thead><tr><th scope="col">Score</th>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}</tbody></table></div>`;
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
      : `The first two scores read a linear classifier on the features (penalty ${classifier.strength}).`;
  const alone =
    inDistribution.length < 2
      ? ''
      : inDistribution.map(
          ({ key, name }) =>
            `<details><summary>Against ${escapeHtml(name)} alone</summary>${table(byTest[key]!, results)}</details>`,
        );
  return `<section aria-labelledby="outliers"><h2 id="outliers">Pictures unlike those trained on</h2>
<p>Each score should be higher for pictures of other kinds than for unseen ones of the kind trained on: ${escapeHtml(inside)}. Large figures are the area under the ROC curve, where 50 % is chance,
with 95 % intervals; AUPR has the outliers as what is looked for; FPR95 is the share of outliers that pass where 95 % of the others do. Features: ${escapeHtml(features)}. ${logits} ${notes}</p>
${table(sets, results)}
${[...alone].join('')}</section>`;
}
