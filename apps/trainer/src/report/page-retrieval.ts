import { pluralize } from '@m3ae/errors';
import type { PartRecall, RetrievalResults } from '../evaluation/retrieval.js';
import { escapeHtml, percent } from './escape.js';
import { accuracyCell } from './page-evaluation.js';

const ks = [1, 5, 10] as const;

function rows({ title, pictures, captions, imageToText, textToImage, chance }: PartRecall): string {
  const cells = (way: 'imageToText' | 'textToImage', found: PartRecall[typeof way]) =>
    ks
      .map((k) =>
        accuracyCell(found[`r${k}`]!, false).replace(
          '</small>',
          `<br>chance ${percent(chance[way][`r${k}`]!.value)}</small>`,
        ),
      )
      .join('');
  const name = escapeHtml(title);
  return `<tr><th scope="row">${name}: picture to caption<small class="note"><br>${pluralize(pictures, 'picture')}, ${pluralize(captions, 'caption')}</small></th>${cells('imageToText', imageToText)}</tr>
<tr><th scope="row">${name}: caption to picture</th>${cells('textToImage', textToImage)}</tr>`;
}

/** The section on captions found by pictures, and the other way. */
export function retrievalSection({ by, parts, zeroShot }: RetrievalResults): string {
  const how =
    by === 'cosine'
      ? 'Pictures and captions are compared by the cosine of their vectors.'
      : 'A caption fits a picture as well as its hidden pieces are guessed with the picture, less how well without it.';
  const named = Object.entries(zeroShot ?? {}).map(
    ([part, share]) =>
      `<tr><th scope="row">${escapeHtml(parts[part]!.title)}</th>${accuracyCell(share, false)}</tr>`,
  );
  const table =
    named.length === 0
      ? ''
      : `<h3>Zero-shot: the class whose name is most alike</h3><div class="scroll"><table><thead><tr><th scope="col">Pictures</th><th scope="col" class="number">named right</th></tr></thead><tbody>${named.join('')}</tbody></table></div>`;
  const heads = ks.map((k) => `<th scope="col" class="number">among the first ${k}</th>`).join('');
  return `<section aria-labelledby="retrieval"><h2 id="retrieval">Captions by pictures, pictures by captions</h2>
<p>${how} Figures are the share of searches whose answer is among the first, with 95 % intervals; several pictures may have the same caption, and any of them is right.</p>
<div class="scroll"><table><thead><tr><th scope="col">Search</th>${heads}</tr></thead><tbody>${Object.values(parts).map(rows).join('\n')}</tbody></table></div>
<br>${table}</section>`;
}
