import { createNumberList, createTextPacker, type PackedTexts, textAt } from '../content/packed-texts.js';
import type { FolderRows } from '../folder/rows.js';

/** Rows of pictures, one picture after the other. */
export interface JoinedRows {
  /** The first row of each picture, in the order of these rows: [pictures]. */
  readonly firsts: Int32Array;
  /** Captions of each picture, one picture after the other; an empty one only where a picture has no other. */
  readonly captions: PackedTexts;
  /** Where the captions of each picture end: [pictures]; absent where none has several. */
  readonly captionEnds?: Int32Array;
  /** Pictures without a caption. */
  readonly withoutCaption: number;
}

/** Joins the rows of each picture. */
export function joinRows(rows: FolderRows, chosen: Int32Array): JoinedRows {
  const { captions, pictures } = rows;
  const firstRows = createNumberList(Int32Array);
  const following = new Int32Array(rows.length).fill(-1); // the next row of the same picture
  const last = new Int32Array(rows.files.length).fill(-1);
  for (const row of chosen) {
    const picture = pictures[row]!;
    if (last[picture] === -1) firstRows.add(row);
    else following[last[picture]!] = row;
    last[picture] = row;
  }
  const firsts = firstRows.finish();
  const ordered = new Int32Array(chosen.length); // rows with a caption, one picture after the other
  const ends = createNumberList(Int32Array);
  const isEmpty = (row: number): boolean => captions.ends[row] === (captions.ends[row - 1] ?? 0);
  let [count, several, withoutCaption] = [0, false, 0];
  for (const first of firsts) {
    const start = count;
    for (let row = first; row >= 0; row = following[row]!) if (!isEmpty(row)) ordered[count++] = row;
    if (count === start) {
      ordered[count++] = first;
      withoutCaption++;
    }
    if (count - start > 1) several = true;
    ends.add(count);
  }
  return {
    firsts,
    captions: textsOfRows(captions, ordered.subarray(0, count)),
    ...(several && { captionEnds: ends.finish() }),
    withoutCaption,
  };
}

/** Texts of some rows; most often of all in their order, whose texts, the most of what is held, need no copy. */
export function textsOfRows(texts: PackedTexts, rows: Int32Array): PackedTexts {
  if (rows.length === texts.length && rows.every((row, at) => row === at)) return texts;
  const packer = createTextPacker();
  for (const row of rows) packer.add(textAt(texts, row)!);
  return packer.finish();
}
