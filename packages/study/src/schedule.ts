import { join } from 'node:path';
import { duration, isRecord, pluralize } from '@m3ae/errors';
import { type RunJob, runOf, type StudyJob, type StudyPlan } from './plan.js';
import type { StudyProgress } from './progress.js';
import { jobPaths, type JobRecord, readRecords, type Records, studyPaths } from './records.js';

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

/**
 * Does jobs, some at once: an evaluation after its run, one job of a run at a time (two would compute the same features
 * twice), and evaluations before further runs. A job whose run failed is left out.
 *
 * @param jobs - Most that are at work at once.
 * @param start - Does a job; resolves to whether those that wait for it may go on.
 * @param stopping - Whether no further job shall start.
 */
export async function runAll(
  todo: readonly StudyJob[],
  jobs: number,
  start: (job: StudyJob) => Promise<boolean>,
  stopping: () => boolean,
): Promise<void> {
  const succeeded = new Set<StudyJob>();
  const waiting = new Set(todo);
  const busy = new Map<StudyJob, Promise<void>>();
  const isReady = (job: StudyJob) => {
    const run = runOf(job);
    if ([...busy.keys()].some((other) => runOf(other) === run)) return false;
    return job === run || !todo.includes(run) || succeeded.has(run);
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
      const ended = start(job).then((well) => {
        if (well) succeeded.add(job);
        busy.delete(job);
      });
      busy.set(job, ended);
    }
    if (busy.size === 0) return;
    await Promise.race(busy.values());
  }
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0) / values.length;

/** How long jobs take, learned from those that are done. */
export interface CostModel {
  /** Seconds that a job will take; undefined where nothing like it has been measured. */
  secondsOf(job: StudyJob): number | undefined;
  /** Seconds that several take, as many at once as the study allows; undefined where one of them is unknown. */
  secondsTogether(jobs: readonly StudyJob[]): number | undefined;
}

/** Learns from the records of done jobs how long the others will take. */
export function costModel({ study, experiment }: StudyPlan, records: Iterable<JobRecord>): CostModel {
  const all = [...records];
  const perAmount = all.flatMap(({ resolved, seconds }) => {
    const work = resolved === undefined ? undefined : experiment.workOf(resolved);
    return work === undefined ? [] : [{ kind: work.kind, seconds: seconds / work.amount }];
  });
  const secondsOf = (job: StudyJob) => {
    if (job.kind === 'evaluate') {
      const same = all.filter(
        ({ kind, settings }) =>
          kind === 'evaluate' && isRecord(settings) && settings.command === job.settings.command,
      );
      return mean(same.map(({ seconds }) => seconds));
    }
    const work = experiment.workOf(job.resolved);
    const same = perAmount.filter(({ kind }) => kind === work?.kind);
    const each = mean((same.length > 0 ? same : perAmount).map(({ seconds }) => seconds));
    return each === undefined || work === undefined ? undefined : each * work.amount;
  };
  return {
    secondsOf,
    secondsTogether(jobs) {
      const total = jobs.reduce((sum, job) => sum + (secondsOf(job) ?? NaN), 0);
      return Number.isNaN(total) ? undefined : total / study.jobs;
    },
  };
}

/**
 * Lists the jobs of a study: which are done, which will run, and how long they will take.
 *
 * @param folder - Of the study; nothing in it is changed.
 */
export async function tellAgenda(
  plan: StudyPlan,
  folder: string,
  { say, fact }: Pick<StudyProgress, 'say' | 'fact'>,
): Promise<void> {
  const records = readRecords(folder, plan);
  const { todo, again } = await agendaOf(folder, plan, records);
  const { secondsOf, secondsTogether } = costModel(plan, records.done.values());
  const stateOf = (job: StudyJob) => {
    if (again.some((run) => run === job)) return 'again: its weights are no longer there';
    const record = records.done.get(job.hash);
    if (record !== undefined) return `done in ${duration(record.seconds)}`;
    const seconds = secondsOf(job);
    return seconds === undefined ? 'to do' : `to do, about ${duration(seconds)}`;
  };
  for (const job of plan.jobs) {
    const { name, hash, seed } = job;
    const variants = plan.runs.flatMap((run) => (run.job === job && run.seed === seed ? run.variant : []));
    const shared = variants.length > 1 ? `, for ${variants.join(', ')}` : '';
    say(`${hash}  ${name}  (${stateOf(job)}${shared})`);
    const kind = job.kind === 'run' ? plan.experiment.name : job.kind;
    fact('part', { name, hash, kind, done: records.done.has(hash) });
  }
  for (const { file, reason } of records.stale)
    say(`${join(studyPaths(folder).records, file)} is kept and not used: ${reason}.`);
  const left = secondsTogether(todo);
  const time =
    left === undefined ? 'nothing like some of them has been measured yet' : `about ${duration(left)}`;
  say(
    `${pluralize(plan.jobs.length, 'part')}, ${todo.length} to run, ${plan.study.jobs} at once; ${time}. Folder: ${folder}`,
  );
}
