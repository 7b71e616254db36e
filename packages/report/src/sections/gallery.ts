import type { Gallery, GalleryInput, GalleryItem, GalleryPiece } from '@m3ae/evaluation/reconstruction';
import { escapeHtml, foldedHtml, sectionHtml } from '../page.js';
import { percent } from '../table.js';

function picture(source: string, name: string, caption: string, side: number): string {
  const alt = `${name}: ${caption || 'no caption'}`;
  return `<figure><img src="${source}" width="${side}" height="${side}" alt="${escapeHtml(alt)}"><figcaption>${escapeHtml(name)}</figcaption></figure>`;
}

function word({ piece, hidden, guesses }: GalleryPiece): string {
  if (!hidden) return `<li>${escapeHtml(piece)}</li>`;
  const first = guesses[0]!;
  const others = guesses.map((guess) => `${guess.piece} ${percent(guess.probability)}`).join(', ');
  const right = first.piece === piece;
  const truth = right ? '' : ` <del>${escapeHtml(piece)}</del>`;
  return (
    `<li class="hidden${right ? ' right' : ''}" title="${escapeHtml(others)}"><b>${escapeHtml(first.piece)}</b>${truth} ` +
    `<small class="soft">${percent(first.probability)}</small></li>`
  );
}

function pictures(
  { original, hidden, rebuilt, caption }: GalleryItem,
  { side, imageMaskRatio }: Gallery,
): string {
  if (original === null || hidden === null || rebuilt === null) return '';
  return `<div class="pictures">
${picture(original, 'original', caption, side)}
${picture(hidden, `${wholePercent(imageMaskRatio)} hidden`, caption, side)}
${picture(rebuilt, 'rebuilt', caption, side)}
</div>`;
}

function item(entry: GalleryItem, gallery: Gallery): string {
  const words = entry.pieces.length === 0 ? '' : `<ul class="words">${entry.pieces.map(word).join('')}</ul>`;
  const error = entry.error === null ? '' : ` · error ${entry.error.toFixed(3)}`;
  return `<article>
${pictures(entry, gallery)}
${words}
<p class="note">${escapeHtml(entry.part)}: ${escapeHtml(entry.source)}${error}</p>
</article>`;
}

const itemsHtml = (items: readonly GalleryItem[], gallery: Gallery) =>
  `<div class="gallery">${items.map((entry) => item(entry, gallery)).join('\n')}</div>`;

/** What the section says of captions. */
function aboutText({ items, textMaskRatio, textAccuracy }: Gallery, input: GalleryInput): string {
  if (items.every(({ pieces }) => pieces.length === 0)) return '';
  const shares = textAccuracy
    .filter((entry) => entry.input === input)
    .map(({ part, share }) => `${percent(share)} of them on ${part}`)
    .join(', ');
  return (
    ` Of each caption ${wholePercent(textMaskRatio)} is hidden too: in a box stands the word piece that the model put there ` +
    `with its probability, and the true one struck through where it differs. It was right with ${shares}.`
  );
}

const wholePercent = (share: number) => percent(share).replace('.0', '');

/** The same examples with only one half of each shown, folded away. */
function folded(gallery: Gallery, input: GalleryInput, title: string): string {
  const items = gallery.items.filter((entry) => entry.input === input);
  if (items.length === 0) return '';
  const shares = gallery.textAccuracy.filter((entry) => entry.input === input);
  const right = shares.map(({ part, share }) => `${percent(share)} on ${part}`).join(', ');
  const about = right === '' ? '' : `<p>Hidden word pieces guessed right: ${escapeHtml(right)}.</p>`;
  return foldedHtml(title, about + itemsHtml(items, gallery));
}

/** The section with pictures and captions, hidden and rebuilt. */
export function gallerySection(gallery: Gallery): string {
  const main = gallery.items[0]!.input;
  const others: readonly (readonly [GalleryInput, string])[] = [
    ['image', 'Pictures alone, without their captions'],
    ['text', 'Captions alone, without their pictures'],
  ];
  return sectionHtml(
    'gallery',
    'Hidden and rebuilt',
    `<p>None of these was trained on. ${wholePercent(gallery.imageMaskRatio)} of each picture is hidden; in the rebuilt one the visible patches are the original's.${escapeHtml(aboutText(gallery, main))}</p>`,
    itemsHtml(
      gallery.items.filter(({ input }) => input === main),
      gallery,
    ),
    ...others.map(([input, title]) => (input === main ? '' : folded(gallery, input, title))),
  );
}
