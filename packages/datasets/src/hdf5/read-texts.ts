import { isUtf8 } from 'node:buffer';
import { invalidField, knownFile, listSome, unusable } from '@m3ae/errors';
import { columnsOf, foundNames, oneLine, refuseAbsentKeys } from '../folder/columns.js';
import { type CountingDecoder, countingDecoder } from '../folder/encoding.js';
import type { ResolvedHdf5Spec } from '../packed-specs.js';
import { bytesOfRow, type Hdf5Field, type Hdf5File, rowsOf, textBytesOf } from './library.js';

/** Which fields of a file hold what. */
interface Hdf5Layout {
  readonly image?: Hdf5Field;
  readonly caption?: Hdf5Field;
  readonly label?: Hdf5Field;
  readonly group?: Hdf5Field;
  /** Examples, by their shape. */
  readonly rows: number;
  /** What fields are called, where that is not what anybody calls them. */
  readonly called: string;
  /** Classes of all parts of the file. */
  readonly classes: readonly string[];
}

/**
 * Finds the fields by their names.
 *
 * @throws InvalidInput if there are neither pictures nor text, a key names no field or text as pictures, or fields differ
 * in length.
 */
export function layoutOf(file: Hdf5File, spec: ResolvedHdf5Spec): Hdf5Layout {
  const { fields, name: path } = file;
  const all = [...fields.keys()];
  const partition = spec.partition ?? partitionOf(all);
  const prefix = partition === undefined ? '' : `${partition}_`;
  const names = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const usual = (name: string): string | undefined => (names.includes(name) ? name : undefined);
  const keys = {
    imageKey: spec.imageKey ?? usual('jpg'),
    captionKey: spec.captionKey,
    labelKey: spec.labelKey ?? usual('labels'),
    groupKey: spec.groupKey,
  };
  refuseAbsentKeys(path, spec, names);
  const found = columnsOf(names, keys);
  const fieldAt = (at: number): Hdf5Field | undefined =>
    at < 0 ? undefined : fields.get(`${prefix}${names[at]}`);
  const [image, caption] = [fieldAt(found.image), fieldAt(found.caption)];
  const [label, group] = [named(fieldAt(found.label), fields), fieldAt(found.group)];
  if (spec.imageKey !== undefined && image) refuseTexts(spec.imageKey, path, image);
  const main = image ?? caption;
  if (!main) {
    throw unusable(
      `${path} must have a field of pictures (${prefix}jpg) or of text; it has ${listSome(all)}. Set imageKey, captionKey or partition.`,
    );
  }
  for (const field of [caption, label, group]) {
    if (field && field.rows !== main.rows)
      throw unusable(
        `${path} must have as many rows in ${field.name} as in ${main.name}, ${main.rows}; it has ${field.rows}. Write it again.`,
      );
  }
  const known = Object.entries(found).filter(
    ([, at]) => !['jpg', 'labels', 'text'].includes(names[at] ?? ''),
  );
  const called = foundNames(names, {
    image: -1,
    caption: -1,
    label: -1,
    group: -1,
    ...Object.fromEntries(known),
  });
  const classes = label === undefined ? [] : classesOf(file, label.name.slice(prefix.length), prefix);
  return { image, caption, label, group, rows: main.rows, called, classes };
}

/** Refuses a field of pictures whose first row is text. */
function refuseTexts(imageKey: string, path: string, { metadata, rows, read }: Hdf5Field): void {
  if (rows === 0 || metadata.shape!.length > 2) return; // pixels may be any numbers
  const bytes = textBytesOf(rowsOf(read(0, 1), 1)[0], metadata);
  if (bytes.length === 0 || !isUtf8(bytes) || knownFile(bytes)?.kind === 'picture') return;
  const rule = `a field of ${path} that holds pictures, not text`;
  throw invalidField('imageKey', rule, imageKey, 'Name that of the pictures, e.g. jpg.');
}

/** `train` where fields are named so, and no other pictures or texts stand beside them. */
function partitionOf(names: readonly string[]): string | undefined {
  const hasPlain =
    names.includes('jpg') || columnsOf(names, {}).image >= 0 || columnsOf(names, {}).caption >= 0;
  return !hasPlain && names.some((name) => name.startsWith('train_')) ? 'train' : undefined;
}

/** Classes of one part, and of the others, so that all number them alike. */
function classesOf({ fields }: Hdf5File, label: string, prefix: string): string[] {
  const classes = new Set<string>();
  for (const [name, field] of fields) {
    if (name === `${prefix}${label}` || (prefix !== '' && name.endsWith(`_${label}`)))
      for (const value of labelsIn(named(field, fields), 0, field.rows)) classes.add(value);
  }
  return [...classes];
}

/** Numbers of classes as their names, where the file lists those under `classes`. */
function named<Field extends Hdf5Field | undefined>(
  field: Field,
  fields: Hdf5File['fields'],
): Field | Hdf5Field {
  const classes = fields.get('classes');
  if (!field || !classes || classes === field) return field;
  const names = labelsIn(classes, 0, classes.rows);
  const read = (start: number, end: number) =>
    Array.from(field.read(start, end), (value) => names[Number(value)] ?? String(value));
  return { ...field, metadata: { ...field.metadata, cset: 1 }, read };
}

const rowsAtATime = 4096;

/** Texts and classes of some rows; absent where the file has none. */
export interface TextBlock {
  readonly length: number;
  readonly captions?: readonly string[];
  readonly labels?: readonly string[];
  readonly groups?: readonly string[];
}

/** Reads texts and classes of the first rows of a file, some at a time. */
export function* readTexts(
  { caption, label, group }: Readonly<Partial<Record<'caption' | 'label' | 'group', Hdf5Field>>>,
  rows: number,
  decoder: CountingDecoder,
): Generator<TextBlock, void, void> {
  for (let start = 0; start < rows; start += rowsAtATime) {
    const end = Math.min(rows, start + rowsAtATime);
    yield {
      length: end - start,
      ...(caption && { captions: captionsIn(caption, start, end, decoder) }),
      ...(label && { labels: labelsIn(label, start, end) }),
      ...(group && { groups: labelsIn(group, start, end) }),
    };
  }
}

function captionsIn(field: Hdf5Field, start: number, end: number, decoder: CountingDecoder): string[] {
  return rowsOf(field.read(start, end), end - start).map((value, at) => {
    const bytes = textBytesOf(value, field.metadata);
    return oneLine(decoder.decode(bytes, () => `${field.name}, row ${start + at + 1}`));
  });
}

/** Classes or groups of some rows: numbers, or texts. */
function labelsIn(field: Hdf5Field, start: number, end: number): string[] {
  const decoder = countingDecoder();
  return rowsOf(field.read(start, end), end - start).map((value, at) =>
    typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : decoder.decode(textBytesOf(value, field.metadata), () => `row ${start + at + 1}`),
  );
}

/** Rows behind the last picture that are looked at before they are left out. */
const looks = 16;

/**
 * Rows up to the last picture: files are often made with more rows than were filled later. Reading all rows would mean reading
 * all pictures, so that the end is found by halves, and some rows behind it are looked at.
 */
export function usedRows(field: Hdf5Field): number {
  const { rows, metadata } = field;
  const isEmpty = (row: number): boolean =>
    bytesOfRow(rowsOf(field.read(row, row + 1), 1)[0], metadata).every((byte) => byte === 0);
  if (rows === 0 || !isEmpty(rows - 1)) return rows;
  let [used, end] = [0, rows - 1]; // rows from `end` on are taken for empty
  while (used < end) {
    const middle = (used + end) >> 1;
    if (isEmpty(middle)) end = middle;
    else used = middle + 1;
  }
  const step = Math.max(1, Math.floor((rows - used) / looks));
  for (let row = used; row < rows; row += step) if (!isEmpty(row)) return rows; // empty here and there: left to be counted
  return used;
}
