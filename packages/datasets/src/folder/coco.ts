import { isRecord } from '@m3ae/errors';
import { createNumberList, createTextPacker, textAt } from '../content/packed-texts.js';
import { createJsonScanner } from './json-items.js';

/** How a file of JSON is to be read: a record a line, one list of records, or COCO's object of lists. */
export type JsonForm = 'lines' | 'list' | 'coco';

const lists: readonly string[] = ['images', 'annotations'];
const imagesAtATime = 1024;

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
  const [names, captions] = [createTextPacker(), createTextPacker()];
  const [ofImage, ofCaption] = [createNumberList(Int32Array), createNumberList(Int32Array)];
  const found = new Set<string>();
  const scanner = createJsonScanner({
    onList: (member) => found.add(member),
    onItem({ member, value }) {
      const item = isRecord(value) ? value : {};
      if (member === 'images') {
        ofImage.add(placeOf(item.id));
        names.add(JSON.stringify(item.file_name ?? null)); // a name that is no text is told with its row
      } else if (member === 'annotations' && typeof item.caption === 'string') {
        ofCaption.add(placeOf(item.image_id)); // the others are of another task: boxes, key points
        captions.add(item.caption);
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
  const [images, texts, stored] = [ofImage.finish(), captions.finish(), names.finish()];
  const { order, starts } = grouped(ofCaption.finish(), places.size);
  for (let first = 0; first < images.length; first += imagesAtATime) {
    yield Array.from(images.subarray(first, first + imagesAtATime), (place, at) => {
      const own = Array.from(order.subarray(starts[place], starts[place + 1]), (row) => textAt(texts, row)!);
      const image: unknown = JSON.parse(textAt(stored, first + at)!);
      return { image, caption: own.length > 0 ? own : '' };
    });
  }
}

/** Rows by the group of each, in their order within one: group g has `order[starts[g]]` to `order[starts[g + 1] - 1]`. */
function grouped(groups: Int32Array, count: number) {
  const starts = new Int32Array(count + 1);
  for (const group of groups) starts[group + 1]!++;
  for (let group = 0; group < count; group++) starts[group + 1]! += starts[group]!;
  const free = starts.slice();
  const order = new Int32Array(groups.length);
  groups.forEach((group, row) => (order[free[group]!++] = row));
  return { order, starts };
}
