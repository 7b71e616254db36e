import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { isRecord } from '@m3ae/errors';
import { readLines } from '@m3ae/logging';
import type { EvaluationJob, JobContext, ProgramJobs, RunJob } from '@m3ae/study';
import { optionArguments, runPaths } from '@m3ae/runs';
import { configOf } from './settings.js';

/** The file that says that a run has ended; nothing where it has not, or the file is damaged. */
function finishedOf(runFolder: string): { step?: number; trainingSeconds?: number } | undefined {
  const finished = readWholeJson(runPaths(runFolder).finished);
  return isRecord(finished) ? finished : undefined;
}

/** The step at which a run ended; nothing where it has not, or nobody can tell. */
export const lastStepOf = (runFolder: string): number | undefined => finishedOf(runFolder)?.step;

/** Figures of a pre-training that ended, from the files of its folder. */
export function trainingFiguresOf(runFolder: string): { figures: unknown; seconds: number } {
  const paths = runPaths(runFolder);
  const finished = finishedOf(runFolder);
  if (finished === undefined)
    throw new Error(`${paths.finished} is missing or damaged: the training did not end.`);
  const last = readLines(paths.metrics).at(-1) ?? null;
  if (last !== null && finished.step !== undefined && last.step !== finished.step) {
    throw new Error(
      `${paths.metrics} ends at step ${last.step}, and the training at ${finished.step}: lines are lost.`,
    );
  }
  const validation = readLines(paths.validation).at(-1) ?? null;
  const seconds = finished.trainingSeconds ?? 0;
  return { figures: { finished, minutes: seconds / 60, last, validation }, seconds };
}

/** Refuses figures of other weights than those of the end: where these are damaged, older ones are measured. */
function refuseOlder({ run }: Readonly<Record<string, unknown>>, runFolder: string): void {
  const [measured, last] = [isRecord(run) ? run.step : undefined, lastStepOf(runFolder)];
  if (measured === undefined || last === undefined || measured === last) return;
  throw new Error(
    `The weights of step ${last} are damaged, and those of step ${String(measured)} were measured. Remove ${runFolder}, so that it is trained again.`,
  );
}

/** What is asked of the command m3ae. */
export interface M3aeJobs {
  /** How it is called: program and first arguments. */
  readonly m3ae: readonly string[];
  /** What the base config holds. */
  readonly base: unknown;
  /** Threads of each job. */
  readonly threads: number;
}

/** Settings of a pre-training that no result depends on: the study measures and reports. */
const forTheStudy = {
  'evaluation.enabled': false,
  'report.enabled': false,
  'log.tensorboard': false,
  'checkpoint.keepLast': 1,
  'checkpoint.keepBest': 0,
};

function trainingArguments(
  { name, seed, set }: RunJob,
  { folder, stem, again }: JobContext,
  { base, threads }: M3aeJobs,
): string[] {
  const file = `${stem}.config.json`;
  const paths = runPaths(folder);
  // A run goes on with the very settings it began with, e.g. the number of threads; every default is written out, since a
  // later version may have others.
  if (!existsSync(file) || !existsSync(paths.config))
    writeWholeJson(file, configOf(base, { ...set, ...forTheStudy, name, 'train.threads': threads, seed }));
  const lost = again && existsSync(paths.finished);
  return ['pretrain', file, '--out', folder, lost ? '--overwrite' : '--resume', '--json'];
}

const evaluationArguments = ({ settings }: EvaluationJob, { folder }: JobContext) => [
  settings.command,
  folder,
  ...optionArguments(settings.options),
  '--json',
];

/** Does each job of a study by the command m3ae. */
export const commandJobs = (jobs: M3aeJobs): ProgramJobs => ({
  commandOf: (job, context) => [
    ...jobs.m3ae,
    ...(job.kind === 'run' ? trainingArguments(job, context, jobs) : evaluationArguments(job, context)),
  ],
  resultOf(job, { folder }, printed) {
    if (job.kind === 'run') return trainingFiguresOf(folder);
    if (printed === undefined) throw new Error('The command printed no object with results.');
    refuseOlder(printed, folder);
    return { figures: printed, pictures: join(folder, 'evaluations') };
  },
});
