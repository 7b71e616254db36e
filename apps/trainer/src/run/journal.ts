import { existsSync, readFileSync } from 'node:fs';
import type { SkippedFile } from './loaders.js';
import { runPaths, writeJson } from './run-folder.js';

/** What a run has to tell at its end and no checkpoint holds; kept over interruptions. */
export interface Journal {
  /** Seconds of training, over all processes, up to the newest checkpoint. */
  readonly seconds: number;
  /** Files that could not be decoded. */
  readonly skipped: readonly SkippedFile[];
}

/** Reads the journal of a run; an empty one where it has just begun, or was cut off while it was written. */
export function readJournal(folder: string): Journal {
  const path = runPaths(folder).journal;
  if (!existsSync(path)) return { seconds: 0, skipped: [] };
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Journal;
  } catch {
    return { seconds: 0, skipped: [] };
  }
}

/** Adds what this process has done to what earlier ones had. */
export function addToJournal(before: Journal, { seconds, skipped }: Journal): Journal {
  const files = new Map([...before.skipped, ...skipped].map((file) => [file.place, file]));
  return { seconds: before.seconds + seconds, skipped: [...files.values()] };
}

/** Writes the journal, whole or not at all. */
export function writeJournal(folder: string, journal: Journal): void {
  writeJson(runPaths(folder).journal, journal);
}
