import { pluralize } from '@m3ae/errors';
import type { FineTuneResults } from '../evaluation/fine-tune.js';
import { escapeHtml, percent } from './escape.js';
import { detailsOf } from './page-details.js';
import { accuracyCell } from './page-evaluation.js';

/** The section on the model trained on from the encoder. */
export function fineTuneSection(results: FineTuneResults): string {
  const { parts, tests, classes, trainExamples, steps, details } = results;
  const rows = parts.map(
    ({ key, name, length, majority }) =>
      `<tr><th scope="row">${escapeHtml(name)}<small class="note"><br>${pluralize(length, 'picture')}</small></th>${accuracyCell(tests[key]!.top1, false)}${accuracyCell(tests[key]!.top5, false)}<td class="number">${percent(majority)}</td></tr>`,
  );
  return `<section aria-labelledby="finetune"><h2 id="finetune">Fine-tuned</h2>
<p>A classifier of ${pluralize(classes, 'class')} trained from this encoder on, all of its weights, for ${pluralize(steps, 'step')} on ${pluralize(trainExamples, 'picture')}; measured after the last step. Small figures are 95 % intervals.</p>
<div class="scroll"><table><thead><tr><th scope="col">Pictures</th><th scope="col" class="number">first guess right</th><th scope="col" class="number">one of five</th><th scope="col" class="number">always the most frequent class</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${detailsOf(details, parts, 'fine-tuned model')}</section>`;
}
