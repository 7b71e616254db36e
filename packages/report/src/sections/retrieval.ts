import { pluralize } from '@m3ae/errors';
import type { RetrievalResults, SplitRecall } from '@m3ae/evaluation/retrieval';
import { escapeHtml, sectionHtml } from '../page.js';
import { columnHeads, headWithNote, percent, shareCell, tableHtml, type TableRow } from '../table.js';

const ks = [1, 5, 10] as const;

function rows({ title, pictures, captions, imageToText, textToImage, chance }: SplitRecall): TableRow[] {
  const cells = (way: 'imageToText' | 'textToImage', found: SplitRecall[typeof way]) =>
    ks.map((k) => shareCell(found[`r${k}`]!, [`chance ${percent(chance[way][`r${k}`]!.value)}`]));
  const size = `${pluralize(pictures, 'picture')}, ${pluralize(captions, 'caption')}`;
  return [
    { head: headWithNote(`${title}: picture to caption`, size), cells: cells('imageToText', imageToText) },
    { head: escapeHtml(`${title}: caption to picture`), cells: cells('textToImage', textToImage) },
  ];
}

/** The section on captions found by pictures, and the other way. */
export function retrievalSection({ by, parts, zeroShot }: RetrievalResults): string {
  const how =
    by === 'cosine'
      ? 'Pictures and captions are compared by the cosine of their vectors.'
      : 'A caption fits a picture as well as its hidden pieces are guessed with the picture, less how well without it.';
  const named = Object.entries(zeroShot ?? {}).map(([part, share]) => ({
    head: escapeHtml(parts[part]!.title),
    cells: [shareCell(share)],
  }));
  const table =
    named.length === 0
      ? ''
      : `<h3>Zero-shot: the class whose name is most alike</h3>${tableHtml('Pictures', columnHeads(['named right']), named)}`;
  const heads = columnHeads(ks.map((k) => `among the first ${k}`));
  return sectionHtml(
    'retrieval',
    'Captions by pictures, pictures by captions',
    `<p>${how} Figures are the share of searches whose answer is among the first, with 95 % intervals; several pictures may have the same caption, and any of them is right.</p>`,
    tableHtml('Search', heads, Object.values(parts).flatMap(rows)),
    `<br>${table}`,
  );
}
