import { Command } from 'commander';
import { basename, join, extname } from 'node:path';
import { existsSync } from 'node:fs';
import { InputError } from '../config/config-error.js';
import { loadConfigFile } from '../config/load.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { wallClock } from '../run/clock.js';
import { refuseDifferences } from '../run/config-difference.js';
import { dryRun } from '../run/dry-run.js';
import { finish } from '../run/finish.js';
import { lockRunFolder } from '../run/lock.js';
import { prepare } from '../run/prepare.js';
import { eventFilesOf, pretrain } from '../run/pretrain.js';
import { createProgress, duration, type Progress } from '../run/progress.js';
import { clearRunFolder, makeRunFolder, readRunRecord, runPaths } from '../run/run-folder.js';
import { listenForStop } from '../run/stop-signal.js';
import { Interrupted } from './exit-codes.js';

/** Options of `m3ae pretrain`. */
export interface PretrainCommandOptions {
  readonly set: string[];
  readonly seed?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly allowConfigChange?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const collect = (value: string, before: string[]) => [...before, value];

/** The checked config of a file, its overrides and its name. */
export async function configOf(path: string, overrides: readonly string[]): Promise<TrainerConfig> {
  const config = resolveConfig(applyOverrides(await loadConfigFile(path), overrides));
  return { ...config, name: config.name ?? basename(path, extname(path)) };
}

/** What to do with a folder that may hold an earlier run. */
async function enterFolder(
  folder: string,
  config: TrainerConfig,
  options: PretrainCommandOptions,
): Promise<'done' | 'go'> {
  const before = readRunRecord(folder);
  if (before === undefined) return 'go';
  if (options.overwrite) {
    clearRunFolder(folder, eventFilesOf(folder));
    return 'go';
  }
  refuseDifferences(before.config, config, options.allowConfigChange ?? false);
  if (existsSync(runPaths(folder).finished)) return 'done';
  if (options.resume) return 'go';
  throw new InputError([
    `The run folder must be new; received ${folder}, which holds an unfinished run. Go on with --resume, start over with --overwrite, or choose another folder with --out.`,
  ]);
}

async function train(
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
    if (before !== undefined) refuseDifferences(before.data, prepared.record.data, false);
    const result = await pretrain(prepared, { folder, resume: options.resume ?? false, progress, stop });
    if (result.interrupted)
      throw new Interrupted(`Stopped by the user. Go on with: m3ae pretrain … --resume`);
    await finish(prepared, result, { folder, progress });
    const { skipped } = result;
    if (skipped.length > 0) {
      progress.say(`${skipped.length} unreadable files were skipped:`);
      skipped.forEach(({ place, reason }) => progress.say(`  ${place}: ${reason}`));
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
    else await train(folder, config, options, progress);
    tellEnd(folder, config, progress);
  } finally {
    await unlock();
  }
}

/** The command `m3ae pretrain`. */
export function pretrainCommand(): Command {
  return new Command('pretrain')
    .description('Pre-train a model from a config; end with an evaluation and a report.')
    .argument('<config>', 'a .ts, .js or .json file, e.g. configs/emoji-tiny.ts')
    .option('--set <path=value>', 'change one setting, e.g. train.steps=20; may be repeated', collect, [])
    .option('--seed <number>', 'the same as --set seed=<number>')
    .option('--out <folder>', 'the run folder; by default runs/<name of the config>')
    .option('--resume', 'go on from the newest checkpoint, where there is one')
    .option('--overwrite', 'remove an earlier run in the folder first')
    .option(
      '--allow-config-change',
      'let a resumed run differ in settings that change no result, e.g. log.everySteps',
    )
    .option('--dry-run', 'print the resolved config, parameters, memory and steps, and stop')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object a line instead of a progress bar')
    .addHelpText(
      'after',
      `
Examples:
  $ m3ae pretrain configs/emoji-tiny.ts
  $ m3ae pretrain configs/emoji-tiny.ts --set train.steps=200 --out runs/short
  $ m3ae pretrain configs/m3ae-small.ts --set data.source.path=./photos --resume`,
    )
    .action(runPretrain);
}
