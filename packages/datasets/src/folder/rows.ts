import { createNumberList, createTextPacker, type PackedTexts } from '../content/packed-texts.js';

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

/** What a caption file tells of a row beside picture and caption. */
export interface RowFacts {
  readonly label?: string;
  readonly group?: string;
  readonly number?: number;
}

/** Collects rows. */
export interface RowCollector {
  /** @param given - Class, group, and its number in the caption file; 0 where it stands in none. */
  add(picture: number, caption: string, given?: RowFacts): void;
  finish(): FolderRows;
}

/**
 * An empty {@link RowCollector}.
 *
 * @param placeOfNumber - Where in the caption file a row with a number stands.
 */
export function collectRows(
  files: readonly string[],
  placeOfNumber: (number: number) => string = String,
): RowCollector {
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
    add(picture, caption, { label, group, number = 0 } = {}) {
      pictures.add(picture);
      captions.add(caption);
      labels.add(labelIndex(label));
      numbers.add(number);
      if (group !== undefined) hasGroups = true;
      groups.add(group ?? '');
    },
    finish() {
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
