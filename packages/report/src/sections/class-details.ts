import { pluralize } from '@m3ae/errors';
import type { TestDetails, TestSplit } from '@m3ae/evaluation/probe';
import { escapeHtml, foldedHtml } from '../page.js';
import { columnHeads, numberCell, percent, tableHtml, wordCell } from '../table.js';

/** Largest cell of the confusion matrix as pixels. */
const cell = 6;

function classTable({ perClass, confusion }: TestDetails, nameOf: (label: number) => string): string {
  const rows = [...perClass]
    .sort((a, b) => b.recall.value - a.recall.value || a.label - b.label)
    .map(({ label, name, recall, precision, f1 }) => {
      const taken = confusion
        .filter(([truth, named]) => truth === label && named !== label)
        .sort((a, b) => b[2] - a[2])[0];
      const mistake = taken === undefined ? '' : `${nameOf(taken[1])} (${taken[2]})`;
      const shares = [recall.value, precision, f1].map((share) => numberCell(percent(share)));
      return {
        head: escapeHtml(name),
        cells: [numberCell(String(recall.count)), ...shares, wordCell(mistake)],
      };
    });
  const heads = [
    ...columnHeads(['pictures', 'recall', 'precision', 'F1']),
    ...columnHeads(['most often taken for'], { words: true }),
  ];
  return tableHtml('Class', heads, rows);
}

/** A row for each true class, a column for each named one; the stronger its ink, the larger the share of the row. */
function confusionPicture({ confusion }: TestDetails, nameOf: (label: number) => string): string {
  const labels = [...new Set(confusion.flatMap(([truth, named]) => [truth, named]))].sort((a, b) => a - b);
  const place = new Map(labels.map((label, at) => [label, at]));
  const totals = new Map<number, number>();
  for (const [truth, , count] of confusion) totals.set(truth, (totals.get(truth) ?? 0) + count);
  const squares = confusion.map(([truth, named, count]) => {
    const share = count / totals.get(truth)!;
    const title = `${nameOf(truth)} named ${nameOf(named)}: ${count} (${percent(share)})`;
    return `<rect x="${cell * place.get(named)!}" y="${cell * place.get(truth)!}" width="${cell}" height="${cell}" fill="currentColor" fill-opacity="${Math.max(0.06, share).toFixed(2)}"><title>${escapeHtml(title)}</title></rect>`;
  });
  const side = cell * labels.length;
  return `<figure class="confusion"><svg viewBox="-1 -1 ${side + 2} ${side + 2}" width="${Math.max(240, side)}" role="img" aria-label="Confusion matrix of ${pluralize(labels.length, 'class')}"><rect x="-.5" y="-.5" width="${side + 1}" height="${side + 1}" fill="none" stroke="currentColor" stroke-opacity=".3"/>${squares.join('')}</svg><figcaption>Confusion matrix: a row for each true class, a column for each class named, both in the order of the classes; the stronger its ink, the larger the share of the row. Point at a square for its classes.</figcaption></figure>`;
}

/**
 * Per-class table and confusion matrix of each test part, folded away.
 *
 * @param classNames - Names in the order of the labels. A class without pictures in a test part may be named there,
 * and only here has its name; results of earlier versions lack them.
 */
export function classDetails(
  details: Readonly<Record<string, TestDetails>>,
  tests: readonly Pick<TestSplit, 'key' | 'name'>[],
  of: string,
  classNames: readonly string[] = [],
): string {
  return tests
    .filter(({ key }) => details[key] !== undefined)
    .map(({ key, name }) => {
      const found = details[key]!;
      const names = new Map(found.perClass.map((row) => [row.label, row.name]));
      const nameOf = (label: number) => names.get(label) ?? classNames[label] ?? `class ${label}`;
      const content = confusionPicture(found, nameOf) + classTable(found, nameOf);
      return foldedHtml(`Class by class on ${name}: ${of}`, content);
    })
    .join('\n');
}
