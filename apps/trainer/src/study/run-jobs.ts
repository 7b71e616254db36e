import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { isRecord } from '@m3ae/errors';
import { readLines } from '@m3ae/logging';
import type { EvaluationJob, JobContext, JobResult, JobRunner, RunJob } from '@m3ae/study';
import { optionArguments, runPaths } from '@m3ae/runs';
import type { Children } from './children.js';
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
function refuseOlder({ run }: Printed, runFolder: string): void {
  const last = lastStepOf(runFolder);
  if (run?.step === undefined || last === undefined || run.step === last) return;
  throw new Error(
    `The weights of step ${last} are damaged, and those of step ${run.step} were measured. Remove ${runFolder}, so that it is trained again.`,
  );
}

/** What a line of `--json` may hold: an event of a training, or the results of an evaluation. */
interface Printed {
  readonly event?: string;
  readonly results?: unknown;
  readonly run?: { readonly step?: number };
}

/** A line as an object; nothing for what is none, e.g. a warning of a library. */
function printedOf(line: string): Printed | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
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

/** Does each job of a study by the command m3ae, as a process of its own, and reads the JSON lines that it prints. */
export function commandRunner(jobs: M3aeJobs, children: Children): JobRunner {
  return async (job, context): Promise<JobResult> => {
    const { folder, stem, signal, onProgress } = context;
    const ofJob =
      job.kind === 'run' ? trainingArguments(job, context, jobs) : evaluationArguments(job, context);
    let printed: Printed | undefined;
    const onLine = (line: string) => {
      const value = printedOf(line);
      if (value?.event === 'step') onProgress(value as Printed & Parameters<typeof onProgress>[0]);
      if (value?.results !== undefined) printed = value;
    };
    await children.run({ command: [...jobs.m3ae, ...ofJob], log: `${stem}.log`, onLine, signal });
    if (job.kind === 'run') return trainingFiguresOf(folder);
    if (printed === undefined) throw new Error('The command printed no object with results.');
    refuseOlder(printed, folder);
    return { figures: printed, pictures: join(folder, 'evaluations') };
  };
}
