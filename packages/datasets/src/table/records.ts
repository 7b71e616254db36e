import { createNumberList, createTextPacker, textAt } from '../content/packed-texts.js';
import type { FolderRows } from '../folder/rows.js';
import { collectRecords, type RecordColumns } from '../records/collect.js';

/** Rows of one picture become one record; records stand in the order of their first rows. */
export function recordsOf(rows: FolderRows): RecordColumns {
  const firstRows = createNumberList(Int32Array);
  const following = new Int32Array(rows.length).fill(-1); // the next row of the same picture
  const last = new Int32Array(rows.files.length).fill(-1);
  rows.pictures.forEach((picture, row) => {
    if (last[picture] === -1) firstRows.add(row);
    else following[last[picture]!] = row;
    last[picture] = row;
  });
  const firsts = firstRows.finish();
  const records = collectRecords();
  for (const first of firsts) {
    const label = rows.labelNames[rows.labels[first]!];
    const group = rows.groups && (textAt(rows.groups, first) || undefined);
    records.add({ captions: [], label, group, name: rows.files[rows.pictures[first]!]! });
  }
  return { ...records.finish(), ...captionsOf(rows, firsts, following) };
}

/** The captions of each record, one record after the other; an empty one only where a record has no other. */
function captionsOf({ captions, length }: FolderRows, firsts: Int32Array, following: Int32Array) {
  const chosen = new Int32Array(length); // rows, in the order of their records
  const ends = createNumberList(Int32Array);
  const isEmpty = (row: number): boolean => captions.ends[row] === (captions.ends[row - 1] ?? 0);
  let [count, several, withoutCaption] = [0, false, 0];
  for (const first of firsts) {
    const start = count;
    for (let row = first; row >= 0; row = following[row]!) if (!isEmpty(row)) chosen[count++] = row;
    if (count === start) {
      chosen[count++] = first;
      withoutCaption++;
    }
    if (count - start > 1) several = true;
    ends.add(count);
  }
  // Most files name the rows of a picture one after the other: their captions, the most of what is held, need no copy.
  const isSame = count === length && chosen.every((row, at) => row === at);
  const packer = createTextPacker();
  if (!isSame) for (const row of chosen.subarray(0, count)) packer.add(textAt(captions, row)!);
  return {
    captions: isSame ? captions : packer.finish(),
    ...(several && { captionEnds: ends.finish() }),
    withoutCaption,
  };
}
