import { pluralize } from '@m3ae/errors';
import { type DatasetNote, noteOf } from '../notes.js';
import { areEmpty, createNumberList, createTextPacker, type PackedTexts } from './packed-texts.js';

/** What stands beside a picture. */
export interface RecordTexts {
  /** None, one or several; of several, training draws one at each visit. */
  readonly captions: readonly string[];
  /** Its class. */
  readonly label?: string;
  /** Examples of one group stay in one part of the data. */
  readonly group?: string;
  /** What it is called. */
  readonly name: string;
}

/** The texts of all records, column by column. */
export interface RecordColumns {
  readonly length: number;
  readonly captions: PackedTexts;
  /** Where the captions of each record end: [length]; absent where none has several. */
  readonly captionEnds?: Int32Array;
  readonly names: PackedTexts;
  /** The group of each record, `''` where it has none: [length]; absent where none has one. */
  readonly groups?: PackedTexts;
  /** Class of each record: [length]; absent where none has one. */
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  /** Records without a caption, and without a class where others have one. */
  readonly withoutCaption: number;
  readonly withoutLabel: number;
}

/**
 * Collects records that come one by one.
 *
 * @param known - Classes that other parts of the data have, to be numbered with those of the records.
 */
export function collectRecords(known: readonly string[] = []) {
  const captions = createTextPacker();
  const names = createTextPacker();
  const groups = createTextPacker();
  let hasGroups = false;
  const ends = createNumberList(Int32Array);
  const labels = createNumberList(Int32Array);
  const places = new Map([...new Set(known)].map((name, place) => [name, place]));
  let [length, count, several, withoutCaption, withoutLabel] = [0, 0, false, 0, 0];
  return {
    add({ captions: texts, label, group, name }: RecordTexts): void {
      length++;
      if (group !== undefined) hasGroups = true;
      groups.add(group ?? '');
      names.add(name);
      if (texts.length > 1) several = true;
      const own = texts.length === 0 ? [''] : texts;
      if (own.every((text) => text === '')) withoutCaption++;
      own.forEach((text) => captions.add(text));
      count += own.length;
      ends.add(count);
      if (label === undefined) withoutLabel++;
      const place = label === undefined ? -1 : (places.get(label) ?? places.size);
      if (label !== undefined) places.set(label, place);
      labels.add(place);
    },
    finish(): RecordColumns {
      return {
        length,
        captions: captions.finish(),
        ...(several && { captionEnds: ends.finish() }),
        names: names.finish(),
        ...(hasGroups && { groups: groups.finish() }),
        ...(places.size > 0 && sorted(labels.finish(), [...places.keys()])),
        withoutCaption,
        withoutLabel,
      };
    },
  };
}

function sorted(labels: Int32Array, names: readonly string[]) {
  const classNames = sortedClasses(names);
  const places = names.map((name) => classNames.indexOf(name));
  return { classNames, labels: labels.map((label) => (label < 0 ? -1 : places[label]!)) };
}

/** Classes in the order of their names, numbers by their value: the order of the files does not count. */
export function sortedClasses(names: Iterable<string>): string[] {
  return [...names].sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** What is known of a dataset by its records: it is paired where one of them has a caption. */
export function recordFacts({
  length,
  captions,
  labels,
  classNames,
}: Pick<RecordColumns, 'length' | 'captions' | 'labels' | 'classNames'>) {
  const kind = areEmpty(captions) ? ('image' as const) : ('paired' as const);
  return { kind, length, ...(labels && { labels, classNames }) };
}

/** The note of records without a caption, where others have one. */
export function captionNotes(
  { captions, withoutCaption: count }: Pick<RecordColumns, 'captions' | 'withoutCaption'>,
  places: readonly string[] = [],
): DatasetNote[] {
  return areEmpty(captions) || count === 0 ? [] : [noteOf('missing-caption', { count, places })];
}

/** What is wrong with records without a class, where others have one; nothing where all have. */
export function classFault({ labels, withoutLabel }: RecordColumns, remedy: string): string | undefined {
  if (!labels || withoutLabel === 0) return undefined;
  return `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. ${remedy}`;
}
