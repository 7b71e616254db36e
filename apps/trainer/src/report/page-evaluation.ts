import type { Accuracy } from '@m3ae/evaluation';
import type { EvaluationResult, FeatureResult } from '../evaluation/types.js';
import { escapeHtml, percent } from './escape.js';

type ProbeName = 'linear' | 'neighbours';

function cell(result: Accuracy, best: number): string {
  return `<td class="number${result.value === best ? ' best' : ''}">${percent(result.value)}<small>${percent(result.low)} – ${percent(result.high)}</small></td>`;
}

const neighboursOf = (count: number) => (count === 1 ? 'the nearest one' : `the nearest ${count}`);

function row(feature: FeatureResult, probe: ProbeName, { tests, features }: EvaluationResult): string {
  const cells = tests.map(({ key }) => {
    const best = Math.max(...features.map((other) => other[probe].tests[key]!.top1.value));
    return cell(feature[probe].tests[key]!.top1, best);
  });
  const setting =
    probe === 'linear' ? `penalty ${feature[probe].chosen}` : neighboursOf(feature[probe].chosen);
  return `<tr${feature.learned ? ' class="learned"' : ''}><th scope="row">${escapeHtml(feature.name)}<small class="note"><br>${feature.dimensions} numbers, ${setting}</small></th>${cells.join('')}</tr>`;
}

function table(probe: ProbeName, caption: string, result: EvaluationResult): string {
  const heads = result.tests.map(
    ({ name, length }) => `<th scope="col" class="number">${escapeHtml(name)}<br>${length} pictures</th>`,
  );
  const majority = result.tests.map(({ key }) => `<td class="number">${percent(result.majority[key]!)}</td>`);
  return `<h3>${caption}</h3><div class="scroll"><table><thead><tr><th scope="col">Features</th>${heads.join('')}</tr></thead><tbody>
${result.features.map((feature) => row(feature, probe, result)).join('\n')}
<tr><th scope="row">always the most frequent class</th>${majority.join('')}</tr></tbody></table></div>`;
}

/** The section with the accuracy of the frozen encoder beside that of raw pixels. */
export function evaluationSection(result: EvaluationResult): string {
  const tests = result.tests
    .map(({ name, note }) => `<strong>${escapeHtml(name)}</strong>: ${escapeHtml(note)}`)
    .join(' ');
  return `<section aria-labelledby="evaluation"><h2 id="evaluation">What the encoder has learned</h2>
<p>The encoder is frozen and sees whole pictures, without text and without hiding. A simple classifier on its features has to name one of ${result.classes} classes,
having learned from ${result.trainExamples} pictures; its setting is chosen on the validation part alone. ${tests} Small figures are 95 % intervals.</p>
${table('linear', 'Linear classifier (logistic regression): share named right', result)}
<br>
${table('neighbours', 'Nearest neighbours (cosine, weighted): share named right', result)}
</section>`;
}
