import { escapeHtml, percent } from './escape.js';
import type { Gallery, GalleryItem, GalleryPiece } from './types.js';

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

function item(entry: GalleryItem, { side, imageMaskRatio }: Gallery): string {
  const words = entry.pieces.length === 0 ? '' : `<ul class="words">${entry.pieces.map(word).join('')}</ul>`;
  return `<article>
<div class="pictures">
${picture(entry.original, 'original', entry.caption, side)}
${picture(entry.hidden, `${wholePercent(imageMaskRatio)} hidden`, entry.caption, side)}
${picture(entry.rebuilt, 'rebuilt', entry.caption, side)}
</div>
${words}
<p class="note">${escapeHtml(entry.part)}: ${escapeHtml(entry.source)} · error ${entry.error.toFixed(3)}</p>
</article>`;
}

/** What the section says of captions. */
function aboutText({ items, textMaskRatio, textAccuracy }: Gallery): string {
  if (items.every(({ pieces }) => pieces.length === 0)) return '';
  const shares = textAccuracy.map(({ part, share }) => `${percent(share)} of them on ${part}`).join(', ');
  return (
    ` Of each caption ${wholePercent(textMaskRatio)} is hidden too: in a box stands the word piece that the model put there ` +
    `with its probability, and the true one struck through where it differs. It was right with ${shares}.`
  );
}

const wholePercent = (share: number) => percent(share).replace('.0', '');

/** The section with pictures and captions, hidden and rebuilt. */
export function gallerySection(gallery: Gallery): string {
  return `<section aria-labelledby="gallery"><h2 id="gallery">Hidden and rebuilt</h2>
<p>None of these was trained on. ${wholePercent(gallery.imageMaskRatio)} of each picture is hidden; in the rebuilt one the visible patches are the original's.${escapeHtml(aboutText(gallery))}</p>
<div class="gallery">${gallery.items.map((entry) => item(entry, gallery)).join('\n')}</div></section>`;
}
