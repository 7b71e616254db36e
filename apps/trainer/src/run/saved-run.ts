import { existsSync } from 'node:fs';
import { type DamagedCheckpoint, loadNewestCheckpoint } from '@m3ae/checkpoint/files';
import { type InvalidInput, isInvalidInput, unusable } from '@m3ae/errors';
import { differences, isHarmless, lengthPaths, withNewDefaults } from './config-difference.js';
import { readRunRecord, type RunRecord, runPaths } from './run-folder.js';
import { type SavedPoint, stateOf } from './saved-state.js';

/** What a run folder holds of a run that has begun. */
export interface SavedRun {
  readonly record: RunRecord;
  /** The newest whole checkpoint; nothing where none has been saved yet. */
  readonly point: SavedPoint | undefined;
  /** What is damaged and was replaced by something that is told: a sentence each. */
  readonly warnings: readonly string[];
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Fields of config.json that are not those of a checkpoint, although nothing may change them. */
function strangers(stored: RunRecord, saved: RunRecord): string[] {
  const isFree = (path: string) => isHarmless(path) || lengthPaths.includes(path);
  const settings = differences(withNewDefaults(saved.config), withNewDefaults(stored.config))
    .map(({ path }) => path)
    .filter((path) => !isFree(path));
  const facts = Object.entries(saved.data)
    .filter(([name, value]) => !isSame(value, (stored.data as unknown as Record<string, unknown>)[name]))
    .map(([name]) => `data.${name}`);
  const names = saved.classNames === undefined || isSame(saved.classNames, stored.classNames);
  return [...settings, ...facts, ...(names ? [] : ['classNames'])];
}

/**
 * What a run was made with: config.json, or what a checkpoint remembers where that file is lost or damaged.
 *
 * @param point - Of this run; nothing where none has been saved.
 * @returns Nothing where there is neither config.json nor a checkpoint.
 * @throws InvalidInput if neither can be read, or they are of two runs.
 */
export function recordOf(folder: string, point: SavedPoint | undefined): Omit<SavedRun, 'point'> | undefined {
  const path = runPaths(folder).config;
  const saved = point && stateOf(point).record;
  let stored: RunRecord | undefined;
  let damage = `${path} is missing.`;
  try {
    stored = readRunRecord(folder);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    damage = error.message;
  }
  if (stored === undefined) {
    if (saved !== undefined) {
      return {
        record: saved,
        warnings: [`${damage} The config is taken from the checkpoint of step ${point!.step}.`],
      };
    }
    if (point === undefined && !existsSync(path)) return undefined;
    const held = point === undefined ? '' : `, and its checkpoints are of a version that did not repeat it`;
    throw unusable([
      `${folder} must have a config.json that can be read; ${damage.replace(/\.$/, '')}${held}. Bring it back from a copy, or train it anew with --overwrite.`,
    ]);
  }
  const wrong = saved === undefined ? [] : strangers(stored, saved);
  if (wrong.length > 0) {
    throw unusable([
      `${path} must be that of the checkpoints beside it; received one that differs from step ${point!.step} in ${wrong.join(', ')}. Bring it back from a copy, or remove it: then the config in the checkpoint is taken.`,
    ]);
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
export async function readSavedRun(folder: string): Promise<SavedRun | undefined> {
  const { newest, damaged } = await loadNewestCheckpoint(folder);
  if (newest === undefined && damaged.length > 0) throw noneWhole(folder, damaged.map(told).join(' '));
  const known = recordOf(folder, newest);
  if (known === undefined) return undefined;
  const taken = `The newest whole one is taken, of step ${newest?.step}.`;
  const warnings = [...damaged.map((one) => `${told(one)} ${taken}`), ...known.warnings];
  return { record: known.record, point: newest, warnings };
}

/** The error about a run that has saved checkpoints, of which none is left. */
export function noneWhole(folder: string, reason: string): InvalidInput {
  return unusable([
    `${folder} must hold a whole checkpoint; received none. ${reason} Bring one back from a copy, or train it anew with --overwrite.`,
  ]);
}
