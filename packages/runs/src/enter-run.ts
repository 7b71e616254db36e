import { existsSync, rmSync } from 'node:fs';
import { cleanCheckpoints } from '@m3ae/checkpoint/files';
import { unusable } from '@m3ae/errors';
import { clearLeftovers, runPaths, type RunRecord, type Warn } from './run-folder.js';
import { lineFaults, type LineMarks } from './run-logs.js';
import { noneWhole, readSavedRun, type SavedRun } from './saved-run.js';
import { type SavedPoint, stateOf } from './saved-state.js';
import { optionNames, refuseDifferences, settingRemedies, type SettingRules } from './settings.js';

/** What is wanted of a folder that may hold an earlier run. */
export interface EnterOptions {
  /** Go on with an unfinished run. */
  readonly resume?: boolean;
  /** Begin anew where an earlier run is. */
  readonly overwrite?: boolean;
  /** Let settings differ that change no result. */
  readonly allowConfigChange?: boolean;
  /** Go on although lines of the logs are lost or damaged. */
  readonly allowLostLines?: boolean;
}

/** What is to be done in a run folder. */
export type Entry<Config = unknown> =
  | { readonly kind: 'begin' }
  /** An earlier run may be there: `clearRunFolder` removes it, once nothing can refuse the new one any more. */
  | { readonly kind: 'overwrite' }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'resume';
      /** What the run was made with. */
      readonly record: RunRecord<Config>;
      /** Nothing where the run was stopped before its first checkpoint. */
      readonly from: SavedPoint | undefined;
      /** What the checkpoint promises of the logs; nothing where that is not to be had. */
      readonly marks: LineMarks | undefined;
    };

/** What entering works with. */
interface Entering<Config> {
  readonly folder: string;
  readonly options: EnterOptions;
  readonly rules: SettingRules<Config>;
  readonly warn: Warn;
}

/** The lines of the logs that stay, after a check that they are those that the checkpoint promises. */
function keptLines<Config>(
  { folder, options, rules, warn }: Entering<Config>,
  from: SavedPoint | undefined,
): LineMarks | undefined {
  if (from === undefined) return undefined;
  const marks = stateOf(from).lines;
  const faults = lineFaults(folder, marks);
  if (faults.length === 0) return marks;
  const { allowLostLines, overwrite } = optionNames(rules.names);
  if (!options.allowLostLines) {
    const remedy = `bring the file back from a copy, go on with what can be read of it with ${allowLostLines}, or start over with ${overwrite}.`;
    throw unusable(
      faults.map(
        (fault) => `${fault} The checkpoint of step ${from.step} needs the lines before it: ${remedy}`,
      ),
    );
  }
  faults.forEach((fault) => warn(`${fault} The run goes on without the lines that cannot be read.`));
  return undefined;
}

function refuseChanges<Config>(
  { folder, options, rules }: Entering<Config>,
  { record, point }: SavedRun<Config>,
  config: Config,
): void {
  const { resume = false, allowConfigChange = false } = options;
  // Parts other than the run began with show in the fingerprints of its data.
  const before = rules.upgrade(record.config, config);
  const possible = rules.mayChangeLength(before, config, record.data, point?.step ?? 0);
  const longer = resume || `Train it to another length with ${optionNames(rules.names).resume}.`;
  const length = possible ? longer : rules.lengthRemedy(folder);
  refuseDifferences(before, config, settingRemedies(rules, allowConfigChange, length));
}

/**
 * Decides what to do in a run folder, which this process has locked: begin, overwrite, go on, or nothing.
 *
 * A run begins only where none is, or with `overwrite`. What is damaged and can be done without is told.
 *
 * @param config - Everything resolved.
 * @param rules - Which settings may differ from those that the run began with.
 * @throws InvalidInput if the folder holds a run that the config or the options do not fit, or one that cannot go on.
 */
export async function enterRun<Config>(
  folder: string,
  config: Config,
  options: EnterOptions,
  rules: SettingRules<Config>,
  warn: Warn,
): Promise<Entry<Config>> {
  const entering = { folder, options, rules, warn };
  await clearLeftovers(folder);
  if (options.overwrite) return { kind: 'overwrite' };
  await cleanCheckpoints(folder);
  const saved = await readSavedRun(folder, rules);
  const { finished, journal } = runPaths(folder);
  const trace = [finished, journal].find((path) => existsSync(path));
  if (saved?.point === undefined && trace !== undefined) {
    throw noneWhole(folder, `Some were saved, as ${trace} says, and all are gone.`, rules);
  }
  if (saved === undefined) return { kind: 'begin' };
  const { record, point } = saved;
  refuseChanges(entering, saved, config);
  const hasEnded = existsSync(finished) && (point?.step ?? 0) >= rules.totalSteps(config, record.data);
  if (!hasEnded && !options.resume) {
    const { resume, overwrite, folder: another } = optionNames(rules.names);
    throw unusable([
      ...saved.warnings,
      `The run folder must be new; received ${folder}, which holds an unfinished run. Go on with ${resume}, start over with ${overwrite}, or begin another run with ${another}.`,
    ]);
  }
  saved.warnings.forEach(warn);
  if (hasEnded) return { kind: 'done' };
  const marks = keptLines(entering, point);
  rmSync(finished, { force: true });
  return { kind: 'resume', record, from: point, marks };
}
