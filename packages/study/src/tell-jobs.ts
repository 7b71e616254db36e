import { join } from 'node:path';
import { duration, pluralize } from '@m3ae/errors';
import { costModel } from './estimate.js';
import type { StudyJob, StudyPlan } from './plan.js';
import type { StudyProgress } from './progress.js';
import { readRecords } from './records.js';
import type { StudyEnd } from './run-study.js';
import { agendaOf } from './schedule.js';
import { studyPaths } from './study-folder.js';

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

/**
 * Which jobs of a study failed, in lines for a person; nothing where none did.
 *
 * @param logOf - The file that holds all that a job wrote.
 */
export function failureText(
  { failed, left }: StudyEnd,
  { jobs }: StudyPlan,
  logOf: (job: StudyJob) => string,
): string | undefined {
  if (failed.length === 0) return undefined;
  const lines = failed.map((job) => `  ${job.name}: see ${logOf(job)}`).join('\n');
  const waiting =
    left.length === 0 ? '' : `\n${pluralize(left.length, 'part waits', 'parts wait')} for them.`;
  return `${failed.length} of ${pluralize(jobs.length, 'part')} failed; the same command tries them again:\n${lines}${waiting}`;
}
