// Studies of a program whose trainings keep folders of @m3ae/runs
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint, makeFolder, readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { isRecord, pluralize } from '@m3ae/errors';
import { readLines } from '@m3ae/logging';
import { listenForStop, lockRunFolder, optionArguments, runPaths } from '@m3ae/runs';
import type { Children, ProgramJobs } from './children.js';
import type { JobContext } from './experiment.js';
import type { RunJob, StudyPlan } from './plan.js';
import type { StudyProgress } from './progress.js';
import { type Provenance, studyPaths } from './records.js';
import { runStudy, type StudyEnd } from './run-study.js';

export { runFolderShape } from './evaluation-shapes.js';

/** Options of {@link conductStudy}. */
export interface ConductStudyOptions {
  /** Of the study; made where it is missing. */
  readonly folder: string;
  /** The processes that do its jobs; none outlives the call. */
  readonly children: Children;
  readonly progress: StudyProgress;
  readonly provenance: Provenance;
}

/**
 * Does the jobs of a study by processes of their own: alone in its folder, after ending what a killed study left running.
 * Ctrl-C or SIGTERM lets the jobs save and end; the second ends this process and all of them at once.
 *
 * @throws InvalidInput if another process does a study in the folder.
 */
export async function conductStudy(
  plan: StudyPlan,
  { folder, children, progress, provenance }: ConductStudyOptions,
): Promise<StudyEnd> {
  const { runs } = studyPaths(folder);
  makeFolder(runs);
  const unlock = await lockRunFolder(runs);
  const stop = new AbortController();
  const signals = listenForStop(() => {
    progress.say('Stopping: the parts save and end. Press Ctrl-C again to stop at once.');
    stop.abort();
  });
  process.on('exit', children.killAll);
  try {
    const leftovers = await children.endLeftovers();
    if (leftovers > 0)
      progress.say(`Ended ${pluralize(leftovers, 'process')} that an interrupted study had left.`);
    const end = await runStudy(plan, { folder, signal: stop.signal, provenance, onEvent: progress.event });
    progress.close();
    return end;
  } finally {
    process.off('exit', children.killAll);
    children.killAll();
    signals.release();
    await unlock();
  }
}

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

/** The file that says that a run has ended; nothing where it has not, or the file is damaged. */
function finishedOf(runFolder: string): { step?: number; trainingSeconds?: number } | undefined {
  const finished = readWholeJson(runPaths(runFolder).finished);
  return isRecord(finished) ? finished : undefined;
}

/** The step at which a run ended; nothing where it has not, or nobody can tell. */
export const lastStepOf = (runFolder: string): number | undefined => finishedOf(runFolder)?.step;

/** Whether a run has ended and the checkpoint of its last step is whole. */
export async function hasLastCheckpoint(runFolder: string): Promise<boolean> {
  const last = lastStepOf(runFolder);
  return last !== undefined && (await latestCheckpoint(runFolder))?.step === last;
}

/**
 * Figures of a training that ended, from the files of its folder.
 *
 * @returns `finished` as `finished.json` has it, `minutes` of training, and the `last` line of the metrics and of the
 * validation, null where there is none; `seconds` of training.
 * @throws Error if it has not ended, or lines of its metrics are lost.
 */
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

/**
 * Refuses figures of other weights than those of the end: where these are damaged, older ones are measured.
 *
 * @param record - An evaluation as `recordEvaluation` of `@m3ae/runs` gives it.
 * @throws Error naming both steps.
 */
export function refuseOlderWeights({ run }: Readonly<Record<string, unknown>>, runFolder: string): void {
  const [measured, last] = [isRecord(run) ? run.step : undefined, lastStepOf(runFolder)];
  if (measured === undefined || last === undefined || measured === last) return;
  throw new Error(
    `The weights of step ${last} are damaged, and those of step ${String(measured)} were measured. Remove ${runFolder}, so that it is trained again.`,
  );
}
