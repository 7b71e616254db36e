import { faultOf, listSome, nearestName, throwFaults } from '@m3ae/errors';
import type { OnProgress } from '../dataset.js';
import type { DatasetNote, FaultCounter } from '../notes.js';
import { type ColumnKeys, keyFields } from '../spec-rules.js';
import { isPicture } from './files.js';

/** What a row of a caption file holds. */
export const columnNames = ['image', 'caption', 'label'] as const;

/** `image`, `caption` or `label`. */
type ColumnName = (typeof columnNames)[number];

/** Where columns stand, from 0; −1 where one is absent. A group is nothing that a name tells. */
export type Columns = Readonly<Record<ColumnName | 'group', number>>;

/** What people call them, the likeliest first. */
const aliases: Readonly<Record<ColumnName, readonly string[]>> = {
  image: ['image', 'filepath', 'file_name', 'filename', 'image_name', 'image_path', 'path', 'url'],
  caption: ['caption', 'captions', 'text', 'title', 'description', 'alt', 'sentence', 'sentences', 'comment'],
  label: ['label', 'class', 'category'],
};

/**
 * Refuses keys that name nothing: a misspelt group would let its examples fall into several parts.
 *
 * @param place - What has no such column, for the message.
 * @param names - All columns or keys that were met; where there are none, something else is wrong.
 * @throws InvalidInput for each key that is not among them, with the nearest there is.
 */
export function refuseAbsentKeys(place: string, keys: ColumnKeys, names: readonly string[]): void {
  const known = names.map((name) => name.trim());
  const lower = new Set(known.map((name) => name.toLowerCase()));
  throwFaults(
    keyFields.map((field) => {
      const key = keys[field];
      const isLeftOut = key === undefined || (field === 'labelKey' && key === 'none');
      if (isLeftOut || known.length === 0 || lower.has(key.toLowerCase())) return undefined;
      const near = nearestName(key, known);
      const hint = near === undefined ? '' : `Did you mean ${near}? `;
      return faultOf(field, `a column or key of ${place}`, key, `${hint}There are ${listSome(known, 40)}.`);
    }),
  );
}

/**
 * Refuses settings of columns where there are none.
 *
 * @param where - Ends the sentence "must be left out where …".
 * @throws InvalidInput for each of `fields` that is given.
 */
export function refuseUnusedKeys(
  keys: ColumnKeys,
  where: string,
  fields: readonly (keyof ColumnKeys)[] = [...keyFields, 'separator'],
): void {
  throwFaults(
    fields.map(
      (field) =>
        keys[field] !== undefined &&
        faultOf(field, `left out where ${where}`, keys[field], 'Name a file with columns, or remove it.'),
    ),
  );
}

/** Whether a name is that of a column. */
export const isColumn = (name: string): boolean => rankOf(name) !== undefined;

function rankOf(name: string): { readonly column: ColumnName; readonly rank: number } | undefined {
  const lower = name.trim().toLowerCase();
  for (const column of columnNames) {
    const rank = aliases[column].indexOf(lower);
    if (rank >= 0) return { column, rank };
  }
  return undefined;
}

/** Finds out which of some names means which column; −1 where none does. */
export function columnsOf(names: readonly string[], keys: ColumnKeys): Columns {
  const found = { image: -1, caption: -1, label: -1, group: -1 };
  const ranks = { image: Infinity, caption: Infinity, label: Infinity };
  const { imageKey: image, captionKey: caption, labelKey: label, groupKey: group } = keys;
  const given = { image, caption, label, group };
  names.forEach((name, at) => {
    const known = rankOf(name);
    if (!known || given[known.column] !== undefined || known.rank >= ranks[known.column]) return;
    found[known.column] = at;
    ranks[known.column] = known.rank;
  });
  for (const column of [...columnNames, 'group'] as const) {
    const wanted = given[column]?.toLowerCase();
    if (wanted !== undefined) found[column] = names.findIndex((name) => name.trim().toLowerCase() === wanted);
  }
  return found;
}

/** The names by which columns were found, where they are others than ours: `file_name as image, text as caption`. */
export function foundNames(names: readonly string[], columns: Columns): string {
  return columnNames
    .flatMap((column) => {
      const name = names[columns[column]];
      return name === undefined || name.trim().toLowerCase() === column
        ? []
        : [`${name.trim()} as ${column}`];
    })
    .join(', ');
}

/** The columns of a first row that is no header: it names a picture, and stands beside one text, perhaps also a class. */
export function guessedColumns(row: readonly string[]): Columns | undefined {
  const pictures = row.flatMap((cell, at) => (isPicture(withoutCount(cell)) ? [at] : []));
  const texts = row.flatMap((cell, at) => (at === pictures[0] || /^\d+$/.test(cell) ? [] : [at]));
  if (pictures.length !== 1 || row.length < 2 || row.length > 3 || texts.length === 0) return undefined;
  const [caption, label = -1] = texts;
  return { image: pictures[0]!, caption: caption!, label, group: -1 };
}

/** A picture's name without the number of its caption, as Flickr8k writes it: `name.jpg#0`. */
function withoutCount(image: string): string {
  const name = image.replace(/#\d+$/, '');
  return isPicture(name) ? name : image;
}

/** One row of a caption file. */
export interface CaptionRow {
  /** The picture, as the file names it, with `/` between names. */
  readonly image: string;
  /** On one line; `''` where there is none. */
  readonly caption: string;
  readonly label?: string;
  readonly group?: string;
  /** Its line, or its number in a list, from 1. */
  readonly number: number;
}

/** A caption file that is open. */
export interface CaptionFile {
  /** Where a row stands, e.g. `captions.jsonl:3`. */
  placeOf(number: number): string;
  /** The rows, some at a time, so that the file need not fit into memory. To be called once. */
  rows(onProgress?: OnProgress): AsyncGenerator<readonly CaptionRow[], void, void>;
  /** Names of all columns or keys; whole when all rows have been read. */
  columns(): readonly string[];
  /** What was wrong; whole when all rows have been read. */
  readonly faults: FaultCounter;
  /** What was odd but could be read; whole when all rows have been read. */
  notes(): DatasetNote[];
}

/** Puts the parts of a row in order. */
export function captionRow(
  image: string,
  caption: string,
  { label, group }: { readonly label?: unknown; readonly group?: unknown },
  number: number,
): CaptionRow {
  return {
    image: withoutCount(image.replaceAll('\\', '/').replace(/^\.\//, '')),
    caption: oneLine(caption),
    label: textOf(label),
    group: textOf(group),
    number,
  };
}

/** A class or a group as text; undefined where there is none. */
export function textOf(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

/** A caption on one line, without space at its ends. */
export function oneLine(text: string): string {
  // Most captions are so already, and looking costs a third of writing them anew.
  return /^\s|\s$|\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, ' ').trim() : text;
}
