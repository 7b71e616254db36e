import { listSome, pluralize } from '@m3ae/errors';

/** Something the reader of a report should know about a dataset: counted, with where it was seen. */
export interface DatasetNote {
  /** What was met; {@link noteSentence} says it in words. */
  readonly code: NoteCode;
  /** How often. */
  readonly count: number;
  /** What exactly: an encoding, an ending, the order of columns. */
  readonly detail?: string;
  /** Files (and lines), at most the first 100. */
  readonly places: readonly string[];
}

/** What a {@link DatasetNote} may be about. */
export type NoteCode =
  | 'invalid-utf8'
  | 'missing-caption'
  | 'missing-picture'
  | 'unpaired-text'
  | 'normalized-name'
  | 'guessed-header'
  | 'guessed-columns'
  | 'separator'
  | 'broken-link'
  | 'link-cycle'
  | 'parts-by-folder'
  | 'other-picture'
  | 'missing-shard'
  | 'unreachable-file'
  | 'half-sample'
  | 'empty-row'
  | 'dotted-name'
  | 'repeated-key'
  | 'other-metadata';

const shownPlaces = 3;

const sentences: Readonly<Record<NoteCode, (count: number, detail: string) => string>> = {
  'invalid-utf8': (count, detail) =>
    detail === 'utf-8'
      ? `${pluralize(count, 'line')} held damaged UTF-8; the bad bytes are now \ufffd`
      : `${pluralize(count, 'line')} not in UTF-8, read as ${detail}`,
  'missing-caption': (count) => `${pluralize(count, 'picture')} without a caption`,
  'missing-picture': (count) => `${pluralize(count, 'caption')} without a picture, left out`,
  'unpaired-text': (count) => `${pluralize(count, 'text file')} beside no picture, taken for no caption`,
  'normalized-name': (count) =>
    `${pluralize(count, 'picture')} found under the same name with its accents stored in another way`,
  'guessed-header': (_, detail) => `No header, so the columns were taken for ${detail}`,
  'guessed-columns': (_, detail) => `Columns read: ${detail}`,
  separator: (_, detail) => `Columns separated by ${detail}`,
  'broken-link': (count) => `${pluralize(count, 'link')} to nothing, left out`,
  'link-cycle': (count) =>
    `${pluralize(count, 'link')} to a folder above or to each other (a cycle), not followed`,
  'parts-by-folder': (count) => `${pluralize(count, 'folder')} taken for parts`,
  'other-picture': (count, detail) => `${pluralize(count, 'picture')} not read: ${detail} is another format`,
  'missing-shard': (count) => `${pluralize(count, 'archive')} of the range not there, passed over`,
  'unreachable-file': (count) => `${pluralize(count, 'file')} whose server did not answer, left out`,
  'half-sample': (count) => `${pluralize(count, 'sample')} without a picture, left out`,
  'empty-row': (count) => `${pluralize(count, 'row')} without a picture at the end, left out`,
  'dotted-name': (count) =>
    `${pluralize(count, 'picture')} with a dot in the name, which ends the key there; rename them, or set imageKey to the ending behind the first dot`,
  'repeated-key': (count) =>
    `${pluralize(count, 'key')} met again behind others, taken for a sample of its own`,
  'other-metadata': (count) => `${pluralize(count, 'file')} that may hold captions seen and not read`,
};

/**
 * What a note says, in one line with the first places.
 *
 * @example
 * ```ts
 * noteSentence({ code: 'missing-picture', count: 1, places: ['captions.csv:14'] });
 * // '1 caption without a picture, left out: captions.csv:14'
 * ```
 */
export function noteSentence({ code, count, detail = '', places }: DatasetNote): string {
  const shown = listSome(places.slice(0, shownPlaces));
  const more = count - Math.min(shownPlaces, places.length);
  const rest = more > 0 ? ` and ${more.toLocaleString('en')} more` : '';
  return `${sentences[code](count, detail)}${shown === '' ? '' : ': '}${shown}${shown === '' ? '' : rest}`;
}

/** Collects faults that may come by the hundred thousand: the first of each kind in full, then a count. */
export interface FaultCounter {
  /**
   * @param kind - Faults of one kind are counted together.
   * @param sentence - Makes the message; called only where it is shown.
   * @param shown - How many of the kind are shown in full. Default 3.
   */
  add(kind: string, sentence: () => string, shown?: number): void;
  /** One line a fault shown, and one for the others of its kind. */
  lines(): string[];
}

interface Kind {
  count: number;
  readonly lines: string[];
}

/** An empty {@link FaultCounter}. */
export function createFaultCounter(): FaultCounter {
  const kinds = new Map<string, Kind>();
  return {
    add(kind, sentence, shown = 3) {
      const found = kinds.get(kind) ?? { count: 0, lines: [] };
      kinds.set(kind, found);
      if (found.count++ < shown) found.lines.push(sentence());
    },
    lines: () => [...kinds.values()].flatMap(linesOf),
  };
}

function linesOf({ count, lines }: Kind): string[] {
  const more = count - lines.length;
  if (more === 0) return lines;
  return [...lines.slice(0, -1), `${lines.at(-1)} (and ${more.toLocaleString('en')} more like it)`];
}

/** How often something was met, and where first. */
export interface Tally {
  readonly count: number;
  /** At most the first 100. */
  readonly places: readonly string[];
  add(place: string): void;
}

const keptPlaces = 100;

/** An empty {@link Tally}. */
export function createTally(): Tally {
  const places: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    places,
    add(place) {
      if (count++ < keptPlaces) places.push(place);
    },
  };
}

/** What was counted, as a note. */
export function noteOf(
  code: NoteCode,
  { count, places }: Pick<Tally, 'count' | 'places'>,
  detail?: string,
): DatasetNote {
  return { code, count, ...(detail !== undefined && { detail }), places: places.slice(0, keptPlaces) };
}

/** The note of columns that were found by other names than ours; none where they have ours: then `called` is `''`. */
export function columnNotes(called: string, place: string): DatasetNote[] {
  return called === '' ? [] : [noteOf('guessed-columns', { count: 1, places: [place] }, called)];
}
