import { pluralize } from '@m3ae/errors';
import { join } from 'node:path';
import { duration } from '../run/progress.js';
import { costModel, secondsTogether } from './estimate.js';
import type { Study } from './load.js';
import type { StudyPart, StudyPlan } from './plan.js';
import type { StudyProgress } from './progress.js';
import { readRecords } from './records.js';
import { agendaOf } from './schedule.js';
import { studyPaths } from './study-folder.js';

/** Lists the parts of a study: which are done, which will run, and how long they will take. */
export async function dryRunStudy(
  study: Study,
  plan: StudyPlan,
  folder: string,
  progress: StudyProgress,
): Promise<void> {
  const { done, stale } = readRecords(folder, plan.parts);
  const { todo, again } = await agendaOf(folder, plan.parts, new Set(done.keys()));
  const cost = costModel(done.values());
  const stateOf = (part: StudyPart) => {
    if (again.some(({ hash }) => hash === part.hash)) return 'again: its weights are no longer there';
    const record = done.get(part.hash);
    if (record !== undefined) return `done in ${duration(record.seconds)}`;
    const seconds = cost.secondsOf(part);
    return seconds === undefined ? 'to do' : `to do, about ${duration(seconds)}`;
  };
  for (const part of plan.parts) {
    const variants = plan.runs
      .filter(({ training, seed }) => training === part.hash && seed === part.seed)
      .map(({ variant }) => variant);
    const shared = variants.length > 1 ? `, for ${variants.join(', ')}` : '';
    progress.say(`${part.hash}  ${part.name}  (${stateOf(part)}${shared})`);
    progress.fact('part', { name: part.name, hash: part.hash, kind: part.kind, done: done.has(part.hash) });
  }
  stale.forEach(({ file, reason }) =>
    progress.say(`${join(studyPaths(folder).parts, file)} is kept and not used: ${reason}.`),
  );
  const left = secondsTogether(todo, study.jobs, cost);
  progress.say(
    `${pluralize(plan.parts.length, 'part')}, ${todo.length} to run, ${study.jobs} at once; ${
      left === undefined ? 'nothing like some of them has been measured yet' : `about ${duration(left)}`
    }. Folder: ${folder}`,
  );
}
