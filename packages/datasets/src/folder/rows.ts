import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isRemote, placeIn } from '../bytes/file.js';
import { createNumberList, createTextPacker, type PackedTexts, textAt } from '../content/packed-texts.js';
import type { OnProgress } from '../dataset.js';

/** The examples of a folder, column by column: a million of them must not be a million objects. */
export interface FolderRows {
  readonly length: number;
  /** All files of the folder. */
  readonly files: readonly string[];
  /** The picture of each row, an index into `files`: [length]. */
  readonly pictures: Int32Array;
  /** `''` where there is none: [length]. */
  readonly captions: PackedTexts;
  /** What the caption file gives as class, an index into `labelNames`; −1 where it gives none: [length]. */
  readonly labels: Int32Array;
  readonly labelNames: readonly string[];
  /** The group of each row, `''` where it has none: [length]; absent where none has one. */
  readonly groups?: PackedTexts;
  /** Where a row stands, for messages: its line, or its picture where no line names it. */
  placeOf(row: number): string;
}

/**
 * Collects rows.
 *
 * @param placeOfNumber - Where in the caption file a row with a number stands.
 */
export function collectRows(files: readonly string[], placeOfNumber: (number: number) => string = String) {
  const pictures = createNumberList(Int32Array);
  const labels = createNumberList(Int32Array);
  const numbers = createNumberList(Int32Array);
  const captions = createTextPacker();
  const groups = createTextPacker();
  let hasGroups = false;
  const labelNames = new Map<string, number>();
  const labelIndex = (label: string | undefined): number => {
    if (label === undefined) return -1;
    const known = labelNames.get(label) ?? labelNames.size;
    labelNames.set(label, known);
    return known;
  };
  return {
    /** @param given - Class, group, and its number in the caption file; 0 where it stands in none. */
    add(
      picture: number,
      caption: string,
      { label, group, number = 0 }: { label?: string; group?: string; number?: number } = {},
    ): void {
      pictures.add(picture);
      captions.add(caption);
      labels.add(labelIndex(label));
      numbers.add(number);
      if (group !== undefined) hasGroups = true;
      groups.add(group ?? '');
    },
    finish(): FolderRows {
      const [ofRow, lines] = [pictures.finish(), numbers.finish()];
      return {
        length: ofRow.length,
        files,
        pictures: ofRow,
        captions: captions.finish(),
        labels: labels.finish(),
        labelNames: [...labelNames.keys()],
        ...(hasGroups && { groups: groups.finish() }),
        placeOf: (row) => (lines[row] ? placeOfNumber(lines[row]) : files[ofRow[row]!]!),
      };
    },
  };
}

/**
 * Joins the rows of each picture.
 *
 * @returns The first row of each picture, in the order of the rows; the captions of each picture, one picture after the other, an
 * empty one only where it has no other; where those of each end, unless none has several; pictures without a caption.
 */
export function joinRows(rows: FolderRows, chosen: Int32Array) {
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

/** Fewer are looked up before anybody wonders. */
const progressFrom = 20_000;
const rowsAtATime = 1024;

/**
 * A hash of names, sizes, captions and labels; not of times, which change when a folder is copied.
 *
 * @param chosen - The rows that count, in order.
 */
export async function fingerprintOf(
  path: string,
  rows: FolderRows,
  chosen: Int32Array,
  onProgress?: OnProgress,
): Promise<string> {
  const { files, pictures, captions, labels, labelNames } = rows;
  const sizes = await sizesOf(path, rows, chosen, onProgress);
  const hash = createHash('sha256');
  for (let start = 0; start < chosen.length; start += rowsAtATime) {
    const lines = Array.from(chosen.subarray(start, start + rowsAtATime), (row) => {
      const picture = pictures[row]!;
      const label = labelNames[labels[row]!] ?? null;
      return JSON.stringify([files[picture], sizes[picture], textAt(captions, row), label]);
    });
    hash.update(lines.join(''));
  }
  return hash.digest('hex');
}

/** Sizes in bytes of the pictures that the rows name: [files]. */
async function sizesOf(
  path: string,
  { files, pictures }: FolderRows,
  chosen: Int32Array,
  onProgress: OnProgress = () => {},
): Promise<Float64Array> {
  const sizes = new Float64Array(files.length).fill(-1);
  for (const row of chosen) sizes[pictures[row]!] = 0;
  // Of pictures on a server the names must do: asking for each would take hours.
  const isHere = (file: number): boolean => !isRemote(placeIn(path, files[file]!));
  const wanted = Int32Array.from(sizes.keys()).filter((file) => sizes[file] === 0 && isHere(file));
  for (const [at, file] of wanted.entries()) {
    // A promise for each file takes four times the processor time of the look itself.
    sizes[file] = statSync(placeIn(path, files[file]!)).size;
    const done = at + 1;
    if (done % rowsAtATime !== 0 && done !== wanted.length) continue;
    if (wanted.length >= progressFrom) onProgress(done, wanted.length, 'Looking up picture sizes');
    await setImmediate(); // Lets the process hear a signal.
  }
  return sizes;
}
