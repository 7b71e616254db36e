import { type RunJob, runOf, type StudyJob, type StudyPlan } from './plan.js';
import type { Records } from './records.js';
import { jobPaths } from './study-folder.js';

/** What has to be done now, and why where it was done before. */
export interface Agenda {
  /** Jobs to do, in order. */
  readonly todo: readonly StudyJob[];
  /** Runs that are done, but what they left is gone and needed again. */
  readonly again: readonly RunJob[];
}

/** Compares what is wanted with what is done. */
export async function agendaOf(folder: string, plan: StudyPlan, { done }: Records): Promise<Agenda> {
  const missing = plan.jobs.filter(({ hash }) => !done.has(hash));
  const evaluated = new Set(missing.flatMap((job) => (job.kind === 'evaluate' ? [job.run] : [])));
  const needed = [...evaluated].filter(({ hash }) => done.has(hash));
  const kept = await Promise.all(needed.map((job) => plan.experiment.hasRun(jobPaths(folder, job).folder)));
  const again = needed.filter((_, at) => !kept[at]);
  const todo = plan.jobs.filter((job) => !done.has(job.hash) || again.some((run) => run === job));
  return { todo, again };
}

/** What {@link runAll} is given. */
export interface ScheduleOptions<Result> {
  readonly todo: readonly StudyJob[];
  /** Jobs at work at once. */
  readonly jobs: number;
  /** Starts a job; resolves when it has ended. */
  readonly start: (job: StudyJob) => Promise<Result>;
  /** Whether those that wait for the job may go on. */
  readonly succeeded: (result: Result) => boolean;
  /** Whether no further job shall start. */
  readonly stopping: () => boolean;
}

/**
 * Does jobs, some at once: an evaluation after its run, one job of a run at a time (two would compute the same features
 * twice), and evaluations before further runs. A job whose run failed is left out.
 */
export async function runAll<Result>(options: ScheduleOptions<Result>): Promise<Map<StudyJob, Result>> {
  const { todo, jobs, start, succeeded, stopping } = options;
  const results = new Map<StudyJob, Result>();
  const waiting = new Set(todo);
  const busy = new Map<StudyJob, Promise<void>>();
  const isReady = (job: StudyJob) => {
    const run = runOf(job);
    if ([...busy.keys()].some((other) => runOf(other) === run)) return false;
    if (job === run || !todo.includes(run)) return true;
    const result = results.get(run);
    return result !== undefined && succeeded(result);
  };
  const next = () => {
    const ready = [...waiting].filter(isReady);
    return ready.find(({ kind }) => kind === 'evaluate') ?? ready[0];
  };
  for (;;) {
    while (!stopping() && busy.size < jobs) {
      const job = next();
      if (job === undefined) break;
      waiting.delete(job);
      const ended = start(job).then((result) => {
        results.set(job, result);
        busy.delete(job);
      });
      busy.set(job, ended);
    }
    if (busy.size === 0) return results;
    await Promise.race(busy.values());
  }
}
