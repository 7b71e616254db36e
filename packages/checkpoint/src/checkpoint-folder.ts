import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { invalidField, isRecord } from '@m3ae/errors';
import { digestJson } from './digest.js';
import { readJson } from './json-file.js';
import { namesIn } from './leftovers.js';
import { syncFolder, type WrittenFile } from './whole-file.js';

/** Where a run keeps its checkpoints. */
export const checkpointsFolder = (runFolder: string) => join(runFolder, 'checkpoints');

/** The file that makes a folder a checkpoint. */
export const manifestName = 'state.json';

/** The name of a checkpoint: `step-00001200`. */
export const stepName = (step: number) => `step-${String(step).padStart(8, '0')}`;

const format = 'm3ae-checkpoint/1';

/** What `state.json` says. */
interface Manifest {
  readonly step: number;
  /** What best checkpoints are chosen by. */
  readonly metric?: number;
  /** Size and checksum of each file beside this one, by name. */
  readonly files: Readonly<Record<string, WrittenFile>>;
  /** Whatever the program needs to go on: random key, data cursor, configuration. */
  readonly state: unknown;
}

/** The text of `state.json`; its last entry is the checksum of all others. */
export function encodeManifest({ step, metric, files, state }: Manifest): Uint8Array {
  const content = { format, step, metric, files, state };
  const text = JSON.stringify({ ...content, sha256: digestJson(content) }, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/**
 * Reads and checks the `state.json` of a checkpoint.
 *
 * @throws InvalidInput if it is not JSON, of another format, or was changed after it was written.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const read = await readJson(path);
  const { sha256, ...content } = (isRecord(read) ? read : {}) as Manifest & Record<string, unknown>;
  if (content.format !== format) {
    const remedy = 'Choose a folder written by saveCheckpoint.';
    throw invalidField(`${path}: format`, format, content.format, remedy);
  }
  if (digestJson(content) !== sha256) {
    const remedy = 'The file is damaged or was edited: use an earlier checkpoint.';
    throw invalidField(`${path}: SHA-256`, sha256 as string, digestJson(content), remedy);
  }
  return content;
}

/**
 * Reads the manifest of a folder that holds every file at its full size; contents are checked when they are loaded.
 *
 * @throws InvalidInput saying what is wrong with the folder.
 */
export async function wholeManifest(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (stepName(manifest.step) !== basename(folder)) {
    const remedy = 'The folder was renamed, or copied from elsewhere: give it its own name again.';
    throw invalidField(`${folder}: step`, 'that of its name', manifest.step, remedy);
  }
  for (const [name, { bytes }] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    if (size !== bytes) throw invalidField(path, `${bytes} bytes long`, size, 'The file was cut or changed.');
  }
  return manifest;
}

/** Hidden names: folders on their way in or out, never taken for a checkpoint. */
export const partialName = (name: string) => `.${name}.partial`;
const removedName = (name: string) => `.${name}.removed`;

/** Removes a checkpoint; it disappears at once, so that a crash in the middle leaves none with half its files. */
export async function removeCheckpoint(folder: string): Promise<void> {
  const hidden = join(dirname(folder), removedName(basename(folder)));
  await rm(hidden, { recursive: true, force: true });
  await rename(folder, hidden);
  await rm(hidden, { recursive: true, force: true });
}

/**
 * Puts a finished folder in its place. One of the same step is moved aside first: of the two renames a crash can
 * come between, and then {@link cleanCheckpoints} brings the older one back.
 */
export async function publishFolder(partial: string, folder: string): Promise<void> {
  const parent = dirname(folder);
  const hidden = join(parent, removedName(basename(folder)));
  const existed = (await namesIn(parent)).includes(basename(folder));
  if (existed) await rename(folder, hidden);
  await rename(partial, folder);
  await syncFolder(parent);
  if (existed) await rm(hidden, { recursive: true, force: true });
}

/**
 * Clears what an interrupted save or removal left, and brings back a checkpoint that was hidden between the two renames
 * of its replacement. Every save begins with it.
 *
 * @param runFolder - The run, not its `checkpoints` folder; no process may save to it meanwhile.
 */
export async function cleanCheckpoints(runFolder: string): Promise<void> {
  const parent = checkpointsFolder(runFolder);
  const names = await namesIn(parent);
  for (const name of names) {
    const [, step, kind] = /^\.(step-\d{8,})\.(partial|removed)$/.exec(name) ?? [];
    if (step === undefined) continue;
    const between = kind === 'removed' && !names.includes(step) && names.includes(partialName(step));
    if (between) await rename(join(parent, name), join(parent, step));
    else await rm(join(parent, name), { recursive: true, force: true });
  }
}
