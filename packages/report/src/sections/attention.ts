import { pluralize } from '@m3ae/errors';
import type { Interval } from '@m3ae/evaluation/classification';
import type { AttendedPicture, AttentionResults, MapRow, PointingFigures } from '@m3ae/evaluation/attention';
import { escapeHtml, foldedHtml, sectionHtml } from '../page.js';
import {
  columnHeads,
  headWithNote,
  numberCell,
  percent,
  shareCell,
  tableHtml,
  type TableRow,
} from '../table.js';

/** Gives the address of a picture by its file name; null where it is gone. */
export type Inline = (name: string) => string | null;

function scoreRow(title: string, name: string, figures: PointingFigures): TableRow {
  const { words, accuracy, chance, control, inside, chanceInside, controlInside } = figures;
  const known = (share: Interval | null) => (share === null ? numberCell('–') : shareCell(share));
  return {
    head: headWithNote(title, `${name}, ${pluralize(words, 'word')}`),
    cells: [
      shareCell(accuracy),
      numberCell(percent(chance)),
      known(control),
      shareCell(inside),
      numberCell(percent(chanceInside)),
      known(controlInside),
    ],
  };
}

function scoreTable({ parts, map }: AttentionResults): string {
  const rows = Object.values(parts).flatMap(({ title, best, last }) => [
    scoreRow(title, map.name, best),
    ...(map.name === 'last block' ? [] : [scoreRow(title, 'last block', last)]),
  ]);
  if (rows.length === 0) return '';
  const others = "other words' boxes";
  const heads = ['points right', 'chance', others, 'attention inside', 'chance', others];
  return tableHtml('Scenes', columnHeads(heads), rows);
}

function mapTable(layers: readonly MapRow[]): string {
  if (layers.length === 0) return '';
  const rows = [...layers]
    .sort((a, b) => b.accuracy.value - a.accuracy.value)
    .map(({ name, accuracy, inside }) => ({
      head: escapeHtml(name),
      cells: [shareCell(accuracy), shareCell(inside)],
    }));
  const table = tableHtml('Map', columnHeads(['points right', 'attention inside']), rows);
  return foldedHtml('All maps on the validation scenes, the best first', table);
}

function image(address: string | null, alt: string, caption: string): readonly [string, string][] {
  if (address === null) return [];
  return [
    [`<img src="${address}" alt="${escapeHtml(alt)}">`, `<figcaption>${escapeHtml(caption)}</figcaption>`],
  ];
}

function shades({ patch }: AttendedPicture): string {
  return patch.words
    .map(
      ({ text, shade }) =>
        `<mark style="--shade:${Math.round(100 * shade)}%" title="${percent(shade)} of the largest">${escapeHtml(text)}</mark>`,
    )
    .join(' ');
}

/**
 * Twelfths of the width that each of some pictures takes, in rows of at most `most` without a gap; the first rows hold
 * the larger ones.
 */
function widths(count: number, most: number): number[] {
  const rows = Math.ceil(count / most);
  return Array.from({ length: rows }, (_, row) => {
    const inRow = Math.floor((count + row) / rows);
    return new Array<number>(inRow).fill(12 / inRow);
  }).flat();
}

function pictureItem(picture: AttendedPicture, inline: Inline): string {
  const { source, caption, file, words, patch } = picture;
  const shown = [
    ...image(inline(file), caption, 'picture'),
    ...words.flatMap((word) => image(inline(word.file), `where "${word.text}" looks`, word.text)),
    ...image(inline(patch.file), `a patch of: ${caption}`, 'a patch'),
  ];
  const [wide, narrow] = [widths(shown.length, 4), widths(shown.length, 3)];
  const figures = shown.map(
    (parts, at) => `<figure style="--wide:${wide[at]};--narrow:${narrow[at]}">${parts.join('')}</figure>`,
  );
  return `<article><div class="pictures">
${figures.join('\n')}
</div><p class="words-shaded">The patch looks at: ${shades(picture)}</p>
<p class="note">${escapeHtml(source.includes(caption) ? source : `${source}: ${caption}`)}</p></article>`;
}

/** Which pictures a section on attention is about. */
export type AttentionSubject = 'scenes' | 'unseen' | 'own';

const headings: Readonly<Record<AttentionSubject, string>> = {
  scenes: 'Where words look',
  unseen: 'Where words look in unseen pictures',
  own: 'Where words look in a picture of your own',
};

/** The section on where words look. */
export function attentionSection(
  results: AttentionResults,
  inline: Inline,
  subject: AttentionSubject,
): string {
  const { map, pictures } = results;
  const about =
    results.pointing === null
      ? ''
      : ` On scenes, pictures of several emoji at known places with a caption that names them in random order, a word points right where the patch with the most attention lies in its own box;
chance is a patch drawn at random, and the boxes of the other words of the same scene show what is due to places that every word likes. The map was chosen on validation scenes; intervals are 95 %, over scenes.`;
  const id = subject === 'scenes' ? 'attention' : `attention-${subject}`;
  const notes = (results.notes ?? []).map((note) => `<p>${escapeHtml(note)}</p>`).join('\n');
  return sectionHtml(
    id,
    headings[subject],
    `<p>Attention between the words of a caption and the patches of its picture, in the encoder with nothing hidden. Map: ${escapeHtml(map.name)}.${about}</p>`,
    notes,
    scoreTable(results),
    mapTable(results.layers),
    `<div class="gallery attention">${pictures.map((picture) => pictureItem(picture, inline)).join('\n')}</div>`,
  );
}
