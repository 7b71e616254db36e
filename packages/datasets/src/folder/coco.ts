import { setImmediate } from 'node:timers/promises';
import { isRecord } from '@m3ae/errors';
import { createNumberList, createTextPacker, textAt } from '../content/packed-texts.js';
import { createJsonScanner } from './json-items.js';

/** How a file of JSON is to be read: a record a line, one list of records, or COCO's object of lists. */
type JsonForm = 'lines' | 'list' | 'coco';

const lists: readonly string[] = ['images', 'annotations'];
const textsAtATime = 1024;
/** Pictures whose captions are held together. */
const shelfLength = 1 << 13;

/** Looks at the beginning of a file: as far as its first object goes, or COCO's first two lists. */
export async function formOf(pieces: AsyncIterable<{ readonly text: string }>): Promise<JsonForm> {
  const found = new Set<string>();
  const onList = (member: string): void => {
    if (lists.includes(member)) found.add(member);
  };
  const scanner = createJsonScanner({ onList, onItem: () => {} });
  let isStart = true;
  try {
    for await (const { text } of pieces) {
      if (isStart && text.trimStart().startsWith('[')) return 'list';
      isStart &&= text.trim() === '';
      scanner.push(text);
      if (found.size === lists.length) return 'coco';
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (scanner.isWhole()) return 'lines'; // another object follows
  }
  // What breaks off within such a list is a damaged file of COCO.
  return found.size === lists.length || (found.size > 0 && !scanner.isWhole()) ? 'coco' : 'lines';
}

/**
 * Captions of a COCO file: `images` with `id` and `file_name`, `annotations` with `image_id` and `caption`.
 *
 * @returns An item `{ image, caption }` for each picture, with all its captions, in the order of `images`.
 * @throws SyntaxError if the text is damaged or has no such lists.
 */
export async function* cocoItems(
  pieces: AsyncIterable<{ readonly text: string }>,
): AsyncGenerator<readonly unknown[], void, void> {
  const places = new Map<unknown, number>(); // of ids, in the order they come
  const placeOf = (id: unknown): number => {
    const known = places.get(id) ?? places.size;
    if (known === places.size) places.set(id, known);
    return known;
  };
  const [names, ofImage] = [createTextPacker(), createNumberList(Int32Array)];
  const shelves: (Shelf | undefined)[] = [];
  const found = new Set<string>();
  const scanner = createJsonScanner({
    onList: (member) => found.add(member),
    onItem({ member, value }) {
      const item = isRecord(value) ? value : {};
      if (member === 'images') {
        ofImage.add(placeOf(item.id));
        names.add(JSON.stringify(item.file_name ?? null)); // a name that is no text is told with its row
      } else if (member === 'annotations' && typeof item.caption === 'string') {
        const place = placeOf(item.image_id); // the others are of another task: boxes, key points
        const shelf = (shelves[Math.floor(place / shelfLength)] ??= createShelf());
        shelf.add(place % shelfLength, item.caption);
      }
    },
  });
  for await (const { text } of pieces) {
    scanner.push(text);
    yield [];
  }
  scanner.finish();
  const missing = lists.find((list) => !found.has(list));
  if (missing !== undefined) throw new SyntaxError(`the text has no list ${JSON.stringify(missing)}`);
  const [images, stored] = [ofImage.finish(), names.finish()];
  const inOrder = images.every((place, at) => place === at); // as they are where images come first
  const read = new Map<number, ReturnType<Shelf['finish']>>();
  let [items, held]: [unknown[], number] = [[], 0];
  for (const [at, place] of images.entries()) {
    const shelf = Math.floor(place / shelfLength);
    if (!read.has(shelf)) {
      if (inOrder) read.clear(); // what is done makes room for the rows that it became
      read.set(shelf, shelves[shelf]?.finish() ?? (() => []));
      shelves[shelf] = undefined;
    }
    const own = read.get(shelf)!(place % shelfLength);
    const image: unknown = JSON.parse(textAt(stored, at)!);
    items.push({ image, caption: own.length > 0 ? own : '' });
    held += 1 + own.length;
    if (held < textsAtATime && at + 1 < images.length) continue;
    yield items;
    [items, held] = [[], 0];
    await setImmediate(); // Lets the process hear a signal, and free what is done.
  }
}

/** Captions of some pictures, in the order they come. */
interface Shelf {
  add(picture: number, caption: string): void;
  /** Looks up the captions of a picture. */
  finish(): (picture: number) => string[];
}

function createShelf(): Shelf {
  const [captions, ofCaption] = [createTextPacker(), createNumberList(Int32Array)];
  return {
    add(picture, caption) {
      ofCaption.add(picture);
      captions.add(caption);
    },
    finish() {
      const [texts, pictures] = [captions.finish(), ofCaption.finish()];
      const starts = new Int32Array(shelfLength + 1);
      for (const picture of pictures) starts[picture + 1]!++;
      for (let picture = 0; picture < shelfLength; picture++) starts[picture + 1]! += starts[picture]!;
      const free = starts.slice();
      const order = new Int32Array(pictures.length);
      pictures.forEach((picture, row) => (order[free[picture]!++] = row));
      return (picture) =>
        Array.from(order.subarray(starts[picture], starts[picture + 1]), (row) => textAt(texts, row)!);
    },
  };
}
