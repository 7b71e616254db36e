import { existsSync, rmSync } from 'node:fs';
import { cleanCheckpoints } from '@m3ae/checkpoint/files';
import { unusable } from '@m3ae/errors';
import { layoutOfFolder, withLayout } from '../config/earlier-layout.js';
import type { TrainerConfig } from '../config/schema.js';
import { refuseDifferences, withNewDefaults } from './config-difference.js';
import { lengthRemedy, mayChangeLength } from './length-change.js';
import { clearLeftovers, clearRunFolder, type RunRecord, runPaths } from './run-folder.js';
import { type LineMarks, lineFaults } from './run-logs.js';
import { noneWhole, readSavedRun, type SavedRun } from './saved-run.js';
import { type SavedPoint, stateOf } from './saved-state.js';
import { runLength } from './step-config.js';
import type { Warn } from './warn.js';

/** What the user wants of a folder that may hold an earlier run. */
export interface EnterOptions {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly allowConfigChange?: boolean;
  readonly allowLostLines?: boolean;
}

/** What is to be done in a run folder. */
export type Entry =
  | { readonly kind: 'begin' }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'resume';
      /** What the run was made with. */
      readonly record: RunRecord;
      /** Nothing where the run was stopped before its first checkpoint. */
      readonly from: SavedPoint | undefined;
      /** What the checkpoint promises of the logs; nothing where that is not to be had. */
      readonly marks: LineMarks | undefined;
    };

/** The lines of the logs that stay, after a check that they are those that the checkpoint promises. */
function keptLines(
  folder: string,
  from: SavedPoint | undefined,
  allowLoss: boolean,
  warn: Warn,
): LineMarks | undefined {
  if (from === undefined) return undefined;
  const marks = stateOf(from).lines;
  const faults = lineFaults(folder, marks);
  if (faults.length === 0) return marks;
  if (!allowLoss) {
    throw unusable(
      faults.map(
        (fault) =>
          `${fault} The checkpoint of step ${from.step} needs the lines before it: bring the file back from a copy, go on with what can be read of it with --allow-lost-lines, or start over with --overwrite.`,
      ),
    );
  }
  faults.forEach((fault) => warn(`${fault} The run goes on without the lines that cannot be read.`));
  return undefined;
}

function refuseChanges(
  folder: string,
  { record, point }: SavedRun,
  config: TrainerConfig,
  { resume = false, allowConfigChange = false }: EnterOptions,
): void {
  // Parts other than the run began with show in the fingerprints of its data.
  const before = withNewDefaults(withLayout(record.config, layoutOfFolder(config))) as TrainerConfig;
  const { steps, epochs } = before.train;
  const sameLength = steps === config.train.steps && epochs === config.train.epochs;
  const possible = sameLength || mayChangeLength(before, config, record.data, point?.step ?? 0);
  const length = possible ? resume || 'Train it to another length with --resume' : lengthRemedy(folder);
  refuseDifferences(before, config, allowConfigChange, length);
}

/**
 * Decides what to do in a run folder, which this process has locked: begin, go on, or nothing.
 *
 * A run begins only where none is, or `overwrite` removes it. What is damaged and can be done without is told.
 *
 * @throws InvalidInput if the folder holds a run that the config or the options do not fit, or one that cannot go on.
 */
export async function enterFolder(
  folder: string,
  config: TrainerConfig,
  options: EnterOptions,
  warn: Warn,
): Promise<Entry> {
  await clearLeftovers(folder);
  if (options.overwrite) {
    clearRunFolder(folder);
    return { kind: 'begin' };
  }
  await cleanCheckpoints(folder);
  const saved = await readSavedRun(folder);
  const { finished, journal } = runPaths(folder);
  const trace = [finished, journal].find((path) => existsSync(path));
  if (saved?.point === undefined && trace !== undefined) {
    throw noneWhole(folder, `Some were saved, as ${trace} says, and all are gone.`);
  }
  if (saved === undefined) return { kind: 'begin' };
  const { record, point } = saved;
  refuseChanges(folder, saved, config, options);
  const { totalSteps } = runLength(config, record.data.trainLength);
  const hasEnded = existsSync(finished) && (point?.step ?? 0) >= totalSteps;
  if (!hasEnded && !options.resume) {
    throw unusable([
      ...saved.warnings,
      `The run folder must be new; received ${folder}, which holds an unfinished run. Go on with --resume, start over with --overwrite, or choose another folder with --out.`,
    ]);
  }
  saved.warnings.forEach(warn);
  if (hasEnded) return { kind: 'done' };
  const marks = keptLines(folder, point, options.allowLostLines ?? false, warn);
  rmSync(finished, { force: true });
  return { kind: 'resume', record, from: point, marks };
}
