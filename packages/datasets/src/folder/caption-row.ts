import type { DatasetNote, FaultCounter } from '../notes.js';
import type { OnProgress } from '../dataset.js';
import { withoutCount } from './columns.js';

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
