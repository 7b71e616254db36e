import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { isRecord } from '@m3ae/errors';
import { escapeHtml, percent } from '@m3ae/report';
import { isPicture, type PictureReference } from './kept-figures.js';

type Plain = Readonly<Record<string, unknown>>;

/** Every example of a gallery, in the order of the figures: each record with a picture or with word pieces. */
function picturedItems(figures: unknown): Plain[] {
  if (Array.isArray(figures)) return figures.flatMap(picturedItems);
  if (!isRecord(figures) || isPicture(figures)) return [];
  const values = Object.values(figures);
  return values.some(isPicture) || Array.isArray(figures.pieces) ? [figures] : values.flatMap(picturedItems);
}

const spaced = (name: string) => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

/** A picture of the study folder, embedded; nothing where its file is gone. */
function figureHtml(folder: string, name: string, { picture }: PictureReference, caption: string): string {
  const path = join(folder, picture);
  if (!existsSync(path)) return '';
  const source = `data:image/${extname(path).slice(1)};base64,${readFileSync(path).toString('base64')}`;
  const alt = escapeHtml(`${name}: ${caption || 'no caption'}`);
  return `<figure><img src="${source}" alt="${alt}"><figcaption>${escapeHtml(name)}</figcaption></figure>`;
}

/** A word piece, hidden or not, with the model's first guess. */
function pieceHtml(piece: Plain): string {
  const { piece: word, hidden, guesses } = piece;
  const [first] = Array.isArray(guesses) ? guesses : [];
  if (hidden !== true || first === undefined) return `<li>${escapeHtml(String(word))}</li>`;
  const truth = first.piece === word ? '' : ` <del>${escapeHtml(String(word))}</del>`;
  return `<li class="hidden${truth === '' ? ' right' : ''}"><b>${escapeHtml(first.piece)}</b>${truth} <small class="soft">${percent(first.probability)}</small></li>`;
}

/** What a patch looks at most, where a record tells of a patch. */
function lookedAt({ words }: Plain): string | undefined {
  const shaded = (Array.isArray(words) ? words : []).filter(
    (word): word is { text: string; shade: number } => isRecord(word) && typeof word.shade === 'number',
  );
  if (shaded.length === 0) return undefined;
  return `the patch looks at: ${shaded.reduce((most, word) => (word.shade > most.shade ? word : most)).text}`;
}

/** Pictures of a record and of what lies in it, each with a name. */
function namedPictures(item: Plain): { readonly name: string; readonly picture: PictureReference }[] {
  return Object.entries(item).flatMap(([name, value]) => {
    if (isPicture(value)) {
      const text = typeof item.text === 'string' ? item.text : lookedAt(item);
      return [{ name: text ?? spaced(name), picture: value }];
    }
    const inner = Array.isArray(value) ? value : [value];
    return inner.filter(isRecord).flatMap(namedPictures);
  });
}

function itemHtml(folder: string, item: Plain): string {
  const caption = typeof item.caption === 'string' ? item.caption : '';
  const pictures = namedPictures(item).map(({ name, picture }) =>
    figureHtml(folder, name === 'file' ? 'picture' : name, picture, caption),
  );
  const pieces = Array.isArray(item.pieces) ? item.pieces.filter(isRecord) : [];
  const words =
    pieces.length > 0
      ? `<ul class="words">${pieces.map(pieceHtml).join('')}</ul>`
      : `<p>${escapeHtml(caption)}</p>`;
  const about = [item.input, item.part, item.source].filter((text) => typeof text === 'string').join(', ');
  return `<article><div class="pictures">${pictures.join('')}</div>${words}<p class="note">${escapeHtml(about)}</p></article>`;
}

/** A row of a gallery: everything that one evaluation of one run has drawn. */
interface GalleryRow {
  readonly label: string;
  readonly seed: number;
  readonly figures: unknown;
}

/** The pictures of some runs, one beneath the other, embedded in the page. */
export function picturesHtml(folder: string, rows: readonly GalleryRow[]): string {
  return rows
    .map(({ label, seed, figures }) => {
      const items = picturedItems(figures).map((item) => itemHtml(folder, item));
      const body =
        items.length === 0 ? '<p>Not drawn yet.</p>' : `<div class="gallery">${items.join('\n')}</div>`;
      return `<h3>${escapeHtml(label)}, seed ${seed}</h3>${body}`;
    })
    .join('\n');
}
