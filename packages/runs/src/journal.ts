import { readSealed, writeSealed } from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import { runPaths, type Warn } from './run-folder.js';

/** A file that was left out, for the list at the end. */
export interface SkippedFile {
  readonly place: string;
  readonly reason: string;
}

/** A file that was left out, in a line. */
export const skippedLine = ({ place, reason }: SkippedFile) =>
  reason.includes(place) ? reason : `${place}: ${reason}`;

/** What a run has to tell at its end and no checkpoint holds; kept over interruptions. */
export interface Journal {
  /** Seconds of training, over all processes, up to the newest checkpoint. */
  readonly seconds: number;
  /** Files that could not be decoded. */
  readonly skipped: readonly SkippedFile[];
}

/** Reads the journal of a run; an empty one where it has just begun, or, with a warning, where the file is damaged. */
export function readJournal(folder: string, warn: Warn): Journal {
  const empty = { seconds: 0, skipped: [] };
  try {
    return (readSealed(runPaths(folder).journal) as Journal | undefined) ?? empty;
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warn(`${error.message} The time and the skipped files that it told are not counted.`);
    return empty;
  }
}

/** Adds what this process has done to what earlier ones had. */
export function addToJournal(before: Journal, { seconds, skipped }: Journal): Journal {
  const files = new Map([...before.skipped, ...skipped].map((file) => [file.place, file]));
  return { seconds: before.seconds + seconds, skipped: [...files.values()] };
}

/** Writes the journal, whole or not at all. */
export function writeJournal(folder: string, journal: Journal): void {
  writeSealed(runPaths(folder).journal, journal);
}
