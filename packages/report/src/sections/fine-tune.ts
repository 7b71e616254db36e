import { pluralize } from '@m3ae/errors';
import type { FineTuneResults } from '@m3ae/evaluation/probe';
import { percent } from '../escape.js';
import { headWithNote, numberCell, shareCell, tableHtml } from '../table.js';
import { classDetails } from './class-details.js';

/** The section on the model trained on from the encoder. */
export function fineTuneSection(results: FineTuneResults): string {
  const { parts, tests, classes, classNames, trainExamples, steps, details } = results;
  const rows = parts.map(({ key, name, length, majority }) => ({
    head: headWithNote(name, pluralize(length, 'picture')),
    cells: [shareCell(tests[key]!.top1), shareCell(tests[key]!.top5), numberCell(percent(majority))],
  }));
  const heads = ['first guess right', 'one of five', 'always the most frequent class'];
  return `<section aria-labelledby="finetune"><h2 id="finetune">Fine-tuned</h2>
<p>A classifier of ${pluralize(classes, 'class')} trained from this encoder on, all of its weights, for ${pluralize(steps, 'step')} on ${pluralize(trainExamples, 'picture')}; measured after the last step. Small figures are 95 % intervals.</p>
${tableHtml(
  'Pictures',
  heads.map((head) => ({ lines: [head] })),
  rows,
)}
${classDetails(details, parts, 'fine-tuned model', classNames)}</section>`;
}
