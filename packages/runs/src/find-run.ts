import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { loadCheckpoint, readJson } from '@m3ae/checkpoint/files';
import { type InvalidInput, invalidField, unusable } from '@m3ae/errors';
import { runPaths } from './run-folder.js';
import { readSavedRun, type RecordRules, recordOf, type SavedRun } from './saved-run.js';
import type { SavedPoint } from './saved-state.js';

/** A run, and the checkpoint of it that is opened. */
export interface FoundRun<Config = unknown> extends SavedRun<Config> {
  readonly folder: string;
  readonly point: SavedPoint;
}

const notARun = (path: string): InvalidInput =>
  invalidField(
    'RUN',
    'a folder with a checkpoint',
    path,
    'Train one with: npx @m3ae/trainer pretrain CONFIG.',
  );

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** One checkpoint of a run, by its own folder. */
async function findCheckpoint<Config>(path: string, rules?: RecordRules<Config>): Promise<FoundRun<Config>> {
  const folder = dirname(dirname(resolve(path)));
  if (!existsSync(runPaths(folder).config)) {
    throw unusable([
      `CHECKPOINT must lie in the folder of its run, beside config.json; received ${path}. Move it back to RUN/checkpoints.`,
    ]);
  }
  const point = { folder: path, ...(await loadCheckpoint(path)) };
  return { folder, point, ...recordOf(folder, point, rules)! }; // there is a config.json
}

/**
 * The run and the checkpoint that a path means.
 *
 * @param path - A run folder, whose newest whole checkpoint is taken, or one checkpoint folder in it.
 * @param rules - How the config beside a checkpoint may differ from its own; left out, as it likes.
 * @throws InvalidInput if there is no whole checkpoint, or the config is not that of the checkpoint.
 */
export async function findRun<Config>(path: string, rules?: RecordRules<Config>): Promise<FoundRun<Config>> {
  if (!isFolder(path)) throw notARun(path);
  if (existsSync(join(path, 'state.json')) || /^step-\d{8,}$/.test(basename(resolve(path)))) {
    return findCheckpoint(path, rules);
  }
  const saved = await readSavedRun(path, rules);
  if (saved?.point === undefined) throw notARun(path);
  return { ...saved, folder: path, point: saved.point };
}

/** SHA-256 of the parameters' file, as the checkpoint's own manifest states it; loading verifies it. */
export async function weightsOf(checkpoint: string): Promise<string> {
  const { files } = (await readJson(join(checkpoint, 'state.json'))) as {
    files: Readonly<Record<string, { sha256: string }>>;
  };
  return files['model.safetensors']!.sha256;
}
