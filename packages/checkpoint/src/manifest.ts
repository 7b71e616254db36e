import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WrittenFile } from './durable-write.js';
import { invalidField } from './errors.js';
import { readJson } from './json-file.js';

/** The file that makes a folder a checkpoint. */
export const manifestName = 'state.json';

const format = 'm3ae-checkpoint/1';

/** What `state.json` says. */
export interface Manifest {
  readonly step: number;
  /** What best checkpoints are chosen by. */
  readonly metric?: number;
  /** Size and checksum of each file beside this one, by name. */
  readonly files: Readonly<Record<string, WrittenFile>>;
  /** Whatever the program needs to go on: random key, data cursor, configuration. */
  readonly state: unknown;
}

const checksum = (content: unknown) => createHash('sha256').update(JSON.stringify(content)).digest('hex');

/** The text of `state.json`; its last entry is the checksum of all others. */
export function encodeManifest({ step, metric, files, state }: Manifest): Uint8Array {
  const content = { format, step, metric, files, state };
  const text = JSON.stringify({ ...content, sha256: checksum(content) }, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/**
 * Reads and checks the `state.json` of a checkpoint.
 *
 * @throws RangeError if it is not JSON, of another format, or was changed after it was written.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const { sha256, ...content } = (await readJson(path)) as Manifest & { format?: unknown; sha256?: unknown };
  if (content.format !== format) {
    throw invalidField(
      `${path}: format`,
      format,
      content.format,
      'Choose a folder written by saveCheckpoint.',
    );
  }
  if (checksum(content) !== sha256) {
    const remedy = 'The file is damaged or was edited: use an earlier checkpoint.';
    throw invalidField(`${path}: SHA-256`, sha256 as string, checksum(content), remedy);
  }
  return content;
}

/** The manifest if the folder holds every file at its full size; contents are checked when they are loaded. */
export async function wholeManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(folder);
    for (const [name, { bytes }] of Object.entries(manifest.files)) {
      if ((await stat(join(folder, name))).size !== bytes) return undefined;
    }
    return manifest;
  } catch {
    return undefined;
  }
}
