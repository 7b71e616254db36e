import { limitLines, pluralize } from '@m3ae/errors';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import { checkBeforeTraining } from '../run/before-training.js';
import { wallClock } from '../run/clock.js';
import { commandLine, logCommand } from '../run/command-log.js';
import { refuseDifferences, withNewDefaults } from '../run/config-difference.js';
import { dryRun } from '../run/dry-run.js';
import { finish } from '../run/finish.js';
import { skippedLine } from '../run/loaders.js';
import { lockRunFolder } from '../run/lock.js';
import { prepare } from '../run/prepare.js';
import { pretrain } from '../run/pretrain.js';
import { createProgress, duration, type Progress } from '../run/progress.js';
import { clearRunFolder, makeRunFolder, readRunRecord, runPaths } from '../run/run-folder.js';
import { listenForStop } from '../run/stop-signal.js';
import { tellNotes } from '../run/tell-notes.js';
import { Interrupted } from './exit-codes.js';
import { configOf } from './config-of.js';
import type { PretrainCommandOptions } from './pretrain.js';

/** What to do with a folder that may hold an earlier run. */
async function enterFolder(
  folder: string,
  config: TrainerConfig,
  options: PretrainCommandOptions,
): Promise<'done' | 'go'> {
  const before = readRunRecord(folder);
  if (before === undefined) return 'go';
  if (options.overwrite) {
    clearRunFolder(folder);
    return 'go';
  }
  refuseDifferences(withNewDefaults(before.config), config, options.allowConfigChange ?? false);
  if (existsSync(runPaths(folder).finished)) return 'done';
  if (options.resume) return 'go';
  throw new InputError([
    `The run folder must be new; received ${folder}, which holds an unfinished run. Go on with --resume, start over with --overwrite, or choose another folder with --out.`,
  ]);
}

/** The command line that trains this run; `--overwrite` and how much is printed are no part of it. */
function lineOf(path: string, { set, seed, out, resume, allowConfigChange }: PretrainCommandOptions): string {
  return commandLine('pretrain', path, { set, seed, out, resume, allowConfigChange });
}

async function train(
  path: string,
  folder: string,
  config: TrainerConfig,
  options: PretrainCommandOptions,
  progress: Progress,
): Promise<void> {
  const started = wallClock();
  const stop = listenForStop(() =>
    progress.say('Stopping after this step and saving. Press Ctrl-C again to stop at once.'),
  );
  try {
    const before = readRunRecord(folder);
    const prepared = await prepare(config, progress);
    tellNotes(prepared.sources, progress);
    if (before !== undefined) refuseDifferences(before.data, prepared.record.data, false);
    checkBeforeTraining(config, prepared.stepConfig, progress);
    logCommand(folder, lineOf(path, options), started);
    const result = await pretrain(prepared, { folder, resume: options.resume ?? false, progress, stop });
    if (result.interrupted)
      throw new Interrupted(`Stopped by the user. Go on with: ${lineOf(path, { ...options, resume: true })}`);
    await finish(prepared, result, { folder, progress });
    const { skipped } = result;
    if (skipped.length > 0) {
      progress.say(`${pluralize(skipped.length, 'unreadable file was', 'unreadable files were')} skipped:`);
      limitLines(skipped.map(skippedLine)).forEach((line) => progress.say(`  ${line}`));
    }
    progress.say(`Everything took ${duration(wallClock() - started)}.`);
  } finally {
    stop.release();
  }
}

function tellEnd(folder: string, config: TrainerConfig, progress: Progress): void {
  if (!config.report.enabled) return progress.say(`Run: ${folder}`);
  const { report } = runPaths(folder);
  progress.fact('report', report);
  progress.say(`Report: ${report}`);
}

/** Runs `m3ae pretrain`. */
export async function runPretrain(path: string, options: PretrainCommandOptions): Promise<void> {
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const config = await configOf(path, overrides);
  const progress = createProgress({
    quiet: options.quiet ?? false,
    json: options.json ?? false,
    output: process.stdout,
    clock: wallClock,
  });
  if (options.dryRun) return dryRun(config, progress);
  const folder = options.out ?? join('runs', config.name!);
  makeRunFolder(folder);
  const unlock = await lockRunFolder(folder);
  try {
    const standing = await enterFolder(folder, config, options);
    if (standing === 'done') progress.say('This run is finished. Train it again with --overwrite.');
    else await train(path, folder, config, options, progress);
    tellEnd(folder, config, progress);
  } finally {
    await unlock();
  }
}
