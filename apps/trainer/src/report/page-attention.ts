import { pluralize } from '@m3ae/errors';
import type { Interval } from '@m3ae/evaluation';
import type { AttendedPicture, AttentionResults } from '../evaluation/attention.js';
import type { MapRow, PointingFigures } from '../evaluation/pointing.js';
import { escapeHtml, percent } from './escape.js';

/** Gives the address of a picture by its file name; null where it is gone. */
export type Inline = (name: string) => string | null;

const interval = ({ value, low, high }: Interval) =>
  `<td class="number">${percent(value)}<small>${percent(low)} – ${percent(high)}</small></td>`;

function scoreRow(title: string, name: string, figures: PointingFigures): string {
  const { words, accuracy, chance, control, inside, chanceInside, controlInside } = figures;
  const none = '<td class="number">–</td>';
  return `<tr><th scope="row">${escapeHtml(title)}<small class="note"><br>${escapeHtml(name)}, ${pluralize(words, 'word')}</small></th>
${interval(accuracy)}<td class="number">${percent(chance)}</td>${control === null ? none : interval(control)}
${interval(inside)}<td class="number">${percent(chanceInside)}</td>${controlInside === null ? none : interval(controlInside)}</tr>`;
}

function scoreTable({ parts, map }: AttentionResults): string {
  const rows = Object.values(parts).flatMap(({ title, best, last }) => [
    scoreRow(title, map.name, best),
    ...(map.name === 'last block' ? [] : [scoreRow(title, 'last block', last)]),
  ]);
  if (rows.length === 0) return '';
  const heads = [
    'points right',
    'chance',
    "other words' boxes",
    'attention inside',
    'chance',
    "other words' boxes",
  ];
  return `<div class="scroll"><table><thead><tr><th scope="col">Scenes</th>${heads.map((head) => `<th scope="col" class="number">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function mapTable(layers: readonly MapRow[]): string {
  if (layers.length === 0) return '';
  const rows = [...layers]
    .sort((a, b) => b.accuracy.value - a.accuracy.value)
    .map(
      ({ name, accuracy, inside }) =>
        `<tr><th scope="row">${escapeHtml(name)}</th>${interval(accuracy)}${interval(inside)}</tr>`,
    );
  return `<details><summary>All maps on the validation scenes, the best first</summary><div class="scroll"><table><thead><tr><th scope="col">Map</th><th scope="col" class="number">points right</th><th scope="col" class="number">attention inside</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div></details>`;
}

function image(address: string | null, alt: string, caption: string): string {
  if (address === null) return '';
  return `<figure><img src="${address}" alt="${escapeHtml(alt)}"><figcaption>${caption}</figcaption></figure>`;
}

function shades({ patch }: AttendedPicture): string {
  return patch.words
    .map(
      ({ text, shade }) =>
        `<mark style="--shade:${Math.round(100 * shade)}%" title="${percent(shade)} of the largest">${escapeHtml(text)}</mark>`,
    )
    .join(' ');
}

function pictureItem(picture: AttendedPicture, inline: Inline): string {
  const { source, caption, file, words, patch } = picture;
  const heat = words.map((word) =>
    image(inline(word.file), `where "${word.text}" looks`, escapeHtml(word.text)),
  );
  return `<article><div class="pictures">
${image(inline(file), caption, 'picture')}
${heat.join('\n')}
${image(inline(patch.file), `a patch of: ${caption}`, 'a patch')}
</div><p class="words-shaded">The patch looks at: ${shades(picture)}</p>
<p class="note">${escapeHtml(source.includes(caption) ? source : `${source}: ${caption}`)}</p></article>`;
}

/** The section on where words look. */
export function attentionSection(results: AttentionResults, inline: Inline): string {
  const { map, pictures } = results;
  const about =
    results.pointing === null
      ? ''
      : ` On scenes, pictures of several emoji at known places with a caption that names them in random order, a word points right where the patch with the most attention lies in its own box;
chance is a patch drawn at random, and the boxes of the other words of the same scene show what is due to places that every word likes. The map was chosen on validation scenes; intervals are 95 %, over scenes.`;
  return `<section aria-labelledby="attention"><h2 id="attention">Where words look</h2>
<p>Attention between the words of a caption and the patches of its picture, in the encoder with nothing hidden. Map: ${escapeHtml(map.name)}.${about}</p>
${scoreTable(results)}
${mapTable(results.layers)}
<div class="gallery attention">${pictures.map((picture) => pictureItem(picture, inline)).join('\n')}</div></section>`;
}
