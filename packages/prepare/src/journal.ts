import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, readJson, removeLeftovers, writeJson } from '@m3ae/checkpoint/files';
import { listSome, unusable } from '@m3ae/errors';
import type { ResolvedPrepareOptions } from './options.js';
import type { Dropped } from './read-example.js';
import type { Totals } from './totals.js';

/** What a data set is made of and how: two runs with the same settings write the same bytes. */
export interface PrepareSettings {
  readonly format: 'm3ae-data-1';
  /** Of the sources. */
  readonly fingerprint: string;
  readonly sources: readonly { readonly name: string; readonly length: number }[];
  readonly options: ResolvedPrepareOptions;
}

/** A file of the data set. */
export interface Shard {
  readonly file: string;
  readonly examples: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is known about a stretch of the sources that is done: one shard, or dropped examples behind the last. */
export interface JournalEntry {
  /** The first example behind it, in the order of writing. */
  readonly next: number;
  /** Absent where all examples were dropped. */
  readonly shard?: Shard;
  readonly totals: Totals;
  readonly dropped: readonly Dropped[];
  /** Index and print of each picture that is kept, where duplicates are looked for. */
  readonly prints: readonly (readonly [index: number, print: string])[];
}

/** What is done of a data set that is being written, so that a killed run goes on. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Adds an entry, whose shard is on the disk. */
  add(entry: JournalEntry): Promise<void>;
  /** Removes what is needed no more when all is written. */
  remove(): Promise<void>;
}

/** The file by which a whole data set is known. */
export const indexFile = 'index.json';

const entryName = (at: number) => `${String(at).padStart(5, '0')}.json`;

/** The names of settings in which two differ. */
function differences(left: PrepareSettings, right: PrepareSettings): string[] {
  const names = Object.keys(right.options) as (keyof ResolvedPrepareOptions)[]; // it has no other
  const changed = names.filter((name) => (left.options?.[name] ?? null) !== right.options[name]);
  return left.fingerprint === right.fingerprint ? changed : ['the sources', ...changed];
}

/** Refuses a folder that holds something else. */
async function refuseOther(path: string, folder: string, settings: PrepareSettings): Promise<void> {
  const found = ((await readJson(path)) as { settings?: PrepareSettings }).settings;
  const changed = found?.format === settings.format ? differences(found, settings) : ['its form'];
  if (changed.length === 0) return;
  throw unusable(
    `${folder} holds a data set that differs in ${listSome(changed)}. Name another folder, or remove this one.`,
  );
}

/**
 * Opens the journal of a folder, which is made if it is not there.
 *
 * @returns Null where the data set is whole already.
 * @throws InvalidInput if the folder holds other files, or a data set of other sources or options.
 */
export async function openJournal(folder: string, settings: PrepareSettings): Promise<Journal | null> {
  const own = join(folder, '.prepare');
  const settingsPath = join(own, 'settings.json');
  makeFolder(folder);
  if (existsSync(settingsPath)) await refuseOther(settingsPath, folder, settings);
  else if (existsSync(join(folder, indexFile))) {
    await refuseOther(join(folder, indexFile), folder, settings);
    await rm(own, { recursive: true, force: true }); // left by a run that was killed at its very end
    return null;
  } else {
    const others = readdirSync(folder).filter((name) => name !== '.prepare');
    if (others.length > 0)
      throw unusable(`${folder} must be empty; it holds ${listSome(others, 5)}. Name another folder.`);
    makeFolder(own);
    await writeJson(settingsPath, { settings });
  }
  await Promise.all([removeLeftovers(folder), removeLeftovers(own)]);
  const entries: JournalEntry[] = [];
  while (existsSync(join(own, entryName(entries.length))))
    entries.push((await readJson(join(own, entryName(entries.length)))) as JournalEntry);
  return {
    entries,
    async add(entry) {
      await writeJson(join(own, entryName(entries.length)), entry);
      entries.push(entry);
    },
    async remove() {
      await rm(settingsPath); // from here on the index alone says what this is
      await rm(own, { recursive: true, force: true });
    },
  };
}
