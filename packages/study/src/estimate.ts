import { isRecord } from '@m3ae/errors';
import { runOf, type StudyJob, type StudyPlan } from './plan.js';
import type { JobRecord } from './records.js';

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
    const work = experiment.workOf(runOf(job).resolved);
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
