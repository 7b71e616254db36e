import { makeFolder, removeLeftovers } from '@m3ae/checkpoint/files';
import { messageOf } from '@m3ae/errors';
import type { JobContext, JobProgress } from './experiment.js';
import { keepFigures } from './kept-figures.js';
import { type RunJob, type StudyJob, type StudyPlan } from './plan.js';
import {
  jobPaths,
  type JobRecord,
  type Provenance,
  readRecords,
  recordClaims,
  studyPaths,
  writeRecord,
} from './records.js';
import { studyResults } from './results.js';
import { agendaOf, costModel, runAll } from './schedule.js';

/** How a job ended. */
export type JobEnd =
  | { readonly state: 'done'; readonly seconds: number }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'interrupted' };

/** How many jobs are done, and the seconds left where they can be told. */
export interface StudyStatus {
  readonly done: number;
  readonly total: number;
  readonly secondsLeft?: number;
}

/** What happens while a study runs. */
export type StudyEvent =
  /** A run that was done begins anew, since it is to be evaluated and what it left is gone. */
  | { readonly event: 'again'; readonly job: RunJob }
  | { readonly event: 'begin'; readonly job: StudyJob }
  | { readonly event: 'step'; readonly job: StudyJob; readonly progress: JobProgress }
  | { readonly event: 'end'; readonly job: StudyJob; readonly end: JobEnd };

/** Options of {@link runStudy}. */
export interface RunStudyOptions {
  /** The study folder; one process at a time. */
  readonly folder: string;
  /** Abort it to stop: jobs at work are told, and no further one begins. */
  readonly signal?: AbortSignal;
  readonly provenance?: Provenance;
  /** Told of everything that happens. */
  onEvent?(event: StudyEvent, status: () => StudyStatus): void;
}

/** How a study ended. */
export interface StudyEnd {
  readonly interrupted: boolean;
  readonly failed: readonly StudyJob[];
  /** Jobs that were not begun, because their run failed or the study was stopped, or not ended. */
  readonly left: readonly StudyJob[];
}

/**
 * Does what is missing of a study, several jobs at once. A job is done when its record is written, whole; called again,
 * the same study goes on with what has none.
 */
export async function runStudy(plan: StudyPlan, options: RunStudyOptions): Promise<StudyEnd> {
  const { folder, signal = new AbortController().signal, onEvent = () => {} } = options;
  const paths = studyPaths(folder);
  [paths.records, paths.runs].forEach(makeFolder);
  for (const place of [folder, paths.records, paths.runs, paths.tables, paths.plots])
    await removeLeftovers(place);
  const records = readRecords(folder, plan);
  recordClaims(folder, plan.study.tables, studyResults(plan, records));
  const { todo, again } = await agendaOf(folder, plan, records);
  const done = new Map(records.done);
  const open = new Set(todo);
  const reports = new Map<StudyJob, JobProgress>();

  const status = (): StudyStatus => {
    const begun = [...reports].filter(([, { stepsPerSecond }]) => stepsPerSecond > 0);
    const running = begun.reduce(
      (sum, [, { total, step, stepsPerSecond }]) => sum + (total - step) / stepsPerSecond,
      0,
    );
    const untouched = [...open].filter((job) => !begun.some(([other]) => other === job));
    const rest = costModel(plan, done.values()).secondsTogether(untouched);
    const total = plan.jobs.length;
    const secondsLeft = rest === undefined ? undefined : rest + running / plan.study.jobs;
    return { done: total - open.size, total, ...(secondsLeft !== undefined && { secondsLeft }) };
  };
  const tell = (event: StudyEvent) => onEvent(event, status);

  const failed = new Set<StudyJob>();
  const start = async (job: StudyJob): Promise<boolean> => {
    tell({ event: 'begin', job });
    const onProgress = (progress: JobProgress) => {
      reports.set(job, progress);
      tell({ event: 'step', job, progress });
    };
    const { folder: runFolder, stem } = jobPaths(folder, job);
    const context = { folder: runFolder, stem, again: again.some((run) => run === job), signal, onProgress };
    const end = await doJob(plan, job, context, options)
      .then((record): JobEnd => {
        done.set(job.hash, record);
        open.delete(job);
        return { state: 'done', seconds: record.seconds };
      })
      .catch((error: unknown): JobEnd =>
        signal.aborted ? { state: 'interrupted' } : { state: 'failed', reason: messageOf(error) },
      );
    reports.delete(job);
    if (end.state === 'failed') failed.add(job);
    tell({ event: 'end', job, end });
    return end.state === 'done';
  };

  again.forEach((job) => tell({ event: 'again', job }));
  await runAll(todo, plan.study.jobs, start, () => signal.aborted);
  return {
    interrupted: signal.aborted,
    failed: todo.filter((job) => failed.has(job)),
    left: todo.filter((job) => open.has(job) && !failed.has(job)),
  };
}

/** Does one job and writes its record. */
async function doJob(
  plan: StudyPlan,
  job: StudyJob,
  context: JobContext,
  { folder, provenance = { commit: null, versions: {} } }: RunStudyOptions,
): Promise<JobRecord> {
  const began = performance.now();
  const result = await plan.experiment.runJob(job, context);
  const seconds = result.seconds ?? (performance.now() - began) / 1000;
  const record: JobRecord = {
    part: job.name,
    kind: job.kind === 'run' ? plan.experiment.name : 'evaluate',
    hash: job.hash,
    seed: job.seed,
    settings: job.settings,
    ...(job.kind === 'run' ? { resolved: job.resolved } : { training: job.run.hash }),
    figures: keepFigures(result.figures, folder, job.hash, result.pictures),
    seconds: Math.round(seconds * 10) / 10,
    commit: provenance.commit,
    versions: provenance.versions,
  };
  writeRecord(folder, job, record);
  return record;
}
