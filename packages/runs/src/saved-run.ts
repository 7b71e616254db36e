import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type DamagedCheckpoint,
  loadCheckpoint,
  loadNewestCheckpoint,
  readJson,
} from '@m3ae/checkpoint/files';
import { invalidField, type InvalidInput, isInvalidInput, unusable } from '@m3ae/errors';
import { differences, isHarmless, optionNames, type SettingRules } from './settings.js';
import { readRunRecord, runPaths, type RunRecord } from './run-folder.js';
import { type SavedPoint, stateOf } from './saved-state.js';

/** What is read of the rules to compare two records of one run. */
export type RecordRules<Config> = Pick<SettingRules<Config>, 'harmless' | 'length' | 'upgrade' | 'names'>;

/** What a run folder holds of a run that has begun. */
export interface SavedRun<Config = unknown> {
  readonly record: RunRecord<Config>;
  /** The newest whole checkpoint; nothing where none has been saved yet. */
  readonly point: SavedPoint | undefined;
  /** What is damaged and was replaced by something that is told: a sentence each. */
  readonly warnings: readonly string[];
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Paths of settings that nothing may change, and that differ all the same. */
function changedSettings<Config>(
  stored: Config,
  saved: Config,
  { harmless, length, upgrade }: RecordRules<Config>,
): string[] {
  return differences(upgrade(saved), upgrade(stored))
    .map(({ path }) => path)
    .filter((path) => !isHarmless(path, harmless) && !length.includes(path));
}

/** Fields of config.json that are not those of a checkpoint, although nothing may change them. */
function strangers<Config>(
  stored: RunRecord<Config>,
  saved: RunRecord<Config>,
  rules: RecordRules<Config> | undefined,
): string[] {
  const settings = rules === undefined ? [] : changedSettings(stored.config, saved.config, rules);
  const now: Readonly<Record<string, unknown>> = stored.data;
  const facts = Object.entries(saved.data)
    .filter(([name, value]) => !isSame(value, now[name]))
    .map(([name]) => `data.${name}`);
  const names = saved.classNames === undefined || isSame(saved.classNames, stored.classNames);
  return [...settings, ...facts, ...(names ? [] : ['classNames'])];
}

/**
 * What a run was made with: config.json, or what a checkpoint remembers where that file is lost or damaged.
 *
 * @param point - Of this run; nothing where none has been saved.
 * @param rules - Which settings may differ between the two; left out, all may.
 * @returns Nothing where there is neither config.json nor a checkpoint.
 * @throws InvalidInput if neither can be read, or they are of two runs.
 */
export function recordOf<Config>(
  folder: string,
  point: SavedPoint | undefined,
  rules?: RecordRules<Config>,
): Omit<SavedRun<Config>, 'point'> | undefined {
  const path = runPaths(folder).config;
  const saved = point && stateOf<Config>(point).record;
  let stored: RunRecord<Config> | undefined;
  let damage = `${path} is missing.`;
  try {
    stored = readRunRecord<Config>(folder);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    damage = error.message;
  }
  const { overwrite } = optionNames(rules?.names);
  if (stored === undefined) {
    if (saved !== undefined) {
      return {
        record: saved,
        warnings: [`${damage} The config is taken from the checkpoint of step ${point!.step}.`],
      };
    }
    if (point === undefined && !existsSync(path)) return undefined;
    const anew = `train it anew with ${overwrite}`;
    // Code that opens a run may also have saved it, or can save what is lacking.
    const own = `let createCheckpoints repeat it, by extra: { record: { config, data, versions } }, or make a model of loaded parameters with modelOfRun`;
    const held =
      point === undefined
        ? ''
        : ', and its checkpoints do not repeat it, as those of createCheckpoints alone and of early versions';
    const otherwise = point === undefined || rules !== undefined ? anew : own;
    throw unusable([
      `${folder} must have a config.json that can be read; ${damage.replace(/\.$/, '')}${held}. Bring it back from a copy, or ${otherwise}.`,
    ]);
  }
  const wrong = saved === undefined ? [] : strangers(stored, saved, rules);
  if (wrong.length > 0) {
    throw invalidField(
      path,
      'that of the checkpoints beside it',
      `one that differs from step ${point!.step} in ${wrong.join(', ')}`,
      'Bring it back from a copy, or remove it: then the config in the checkpoint is taken.',
    );
  }
  return { record: stored, warnings: [] };
}

const told = ({ step, reason }: DamagedCheckpoint) => `The checkpoint of step ${step} is damaged: ${reason}`;

/**
 * Reads what a run folder holds.
 *
 * @returns Nothing where no run has begun.
 * @throws InvalidInput if none of its checkpoints is whole, or the config cannot be read.
 */
export async function readSavedRun<Config>(
  folder: string,
  rules?: RecordRules<Config>,
): Promise<SavedRun<Config> | undefined> {
  const { newest, damaged } = await loadNewestCheckpoint(folder);
  if (newest === undefined && damaged.length > 0) {
    throw noneWhole(folder, damaged.map(told).join(' '), rules);
  }
  const known = recordOf(folder, newest, rules);
  if (known === undefined) return undefined;
  const taken = `The newest whole one is taken, of step ${newest?.step}.`;
  const warnings = [...damaged.map((one) => `${told(one)} ${taken}`), ...known.warnings];
  return { record: known.record, point: newest, warnings };
}

/** The error about a run that has saved checkpoints, of which none is left. */
export function noneWhole(
  folder: string,
  reason: string,
  rules: Pick<RecordRules<unknown>, 'names'> | undefined,
): InvalidInput {
  const remedy = `Bring one back from a copy, or train it anew with ${optionNames(rules?.names).overwrite}.`;
  return unusable(`${folder} must hold a whole checkpoint; received none. ${reason} ${remedy}`);
}

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
