import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeJson } from '@m3ae/checkpoint/files';
import { optionArguments, runPaths } from '@m3ae/runs';
import type { ProgramJobs } from '../children.js';
import type { JobContext } from '../experiment.js';
import type { RunJob } from '../plan.js';
import { refuseOlderWeights, trainingFiguresOf } from './run-figures.js';

/** A program that trains into run folders and evaluates them, as `m3ae` does. */
export interface RunProgram {
  /** How it is called: program and first arguments, e.g. `['npx', '@m3ae/trainer']`. */
  readonly command: readonly string[];
  /** Its command that trains by a config file, e.g. `pretrain`. */
  readonly train: string;
  /** The whole config of a run, every default written out: a later version may have others. */
  configOf(job: RunJob): unknown;
}

function trainingArguments(job: RunJob, { folder, stem, again }: JobContext, program: RunProgram): string[] {
  const file = `${stem}.config.json`;
  const paths = runPaths(folder);
  // A run goes on with the very settings it began with, e.g. the number of threads.
  if (!existsSync(file) || !existsSync(paths.config)) writeWholeJson(file, program.configOf(job));
  const lost = again && existsSync(paths.finished);
  return [program.train, file, '--out', folder, lost ? '--overwrite' : '--resume', '--json'];
}

/**
 * Does the jobs of a study by a program whose runs keep a folder as `@m3ae/runs` has it, for `programRunner`.
 *
 * A run is `PROGRAM TRAIN CONFIG --out FOLDER --resume --json`, or `--overwrite` where what it left is gone; an evaluation
 * is `PROGRAM COMMAND FOLDER --json` with its options.
 */
export const runFolderJobs = (program: RunProgram): ProgramJobs => ({
  commandOf(job, context) {
    if (job.kind === 'run') return [...program.command, ...trainingArguments(job, context, program)];
    const { command, options } = job.settings;
    return [...program.command, command, context.folder, ...optionArguments(options), '--json'];
  },
  resultOf(job, { folder }, printed) {
    if (job.kind === 'run') return trainingFiguresOf(folder);
    if (printed === undefined) throw new Error('The command printed no object with results.');
    refuseOlderWeights(printed, folder);
    return { figures: printed, pictures: join(folder, 'evaluations') };
  },
});
