import { removeLeftovers } from '@m3ae/checkpoint/files';
import { pluralize } from '@m3ae/errors';
import { wallClock } from '../run/clock.js';
import { lockRunFolder } from '../run/lock.js';
import type { StopSignal } from '../run/stop-signal.js';
import type { Versions } from '../run/versions.js';
import type { Child } from './child.js';
import { recordClaims } from './claims-record.js';
import { costModel, secondsTogether } from './estimate.js';
import { endLeftovers, noteChildren } from './leftovers.js';
import type { Study } from './load.js';
import type { StudyPart, StudyPlan } from './plan.js';
import type { StudyProgress } from './progress.js';
import { type PartRecord, readRecords } from './records.js';
import { studyResults } from './results.js';
import { type Outcome, startPart, type StepReport, type Workplace } from './run-part.js';
import { agendaOf, runAll, trainingOf, trainingsOf } from './schedule.js';
import { makeStudyFolder, studyPaths } from './study-folder.js';

/** What {@link runStudy} works with. */
export interface RunStudyOptions {
  readonly folder: string;
  readonly m3ae: readonly string[];
  readonly commit: string | null;
  readonly versions: Versions;
  readonly stop: Pick<StopSignal, 'requested'> & { onRequest(action: () => void): void };
  readonly progress: (standing: StandingOf) => StudyProgress;
}

/** Tells how many parts are done and how long the rest will take. */
export type StandingOf = () => { done: number; total: number; secondsLeft?: number };

/** How a study ended. */
export interface StudyEnd {
  readonly interrupted: boolean;
  readonly failed: readonly { readonly part: StudyPart; readonly outcome: Outcome & { state: 'failed' } }[];
  /** Parts that were not begun, because their training failed or the user stopped. */
  readonly left: readonly StudyPart[];
}

/** What is running and done, for the line with the time left. */
class Ledger {
  readonly records: Map<string, PartRecord>;
  readonly open: Set<StudyPart>;
  readonly reports = new Map<StudyPart, StepReport>();

  constructor(
    private readonly plan: StudyPlan,
    private readonly jobs: number,
    done: ReadonlyMap<string, PartRecord>,
    todo: readonly StudyPart[],
  ) {
    this.records = new Map(done);
    this.open = new Set(todo);
  }

  standing(): ReturnType<StandingOf> {
    const total = this.plan.parts.length;
    const done = total - this.open.size;
    const begun = [...this.reports].filter(([, { stepsPerSecond }]) => stepsPerSecond > 0);
    const running = begun.reduce(
      (sum, [, report]) => sum + (report.total - report.step) / report.stepsPerSecond,
      0,
    );
    const untouched = [...this.open].filter((part) => !begun.some(([other]) => other === part));
    const rest = secondsTogether(untouched, this.jobs, costModel(this.records.values()));
    return rest === undefined ? { done, total } : { done, total, secondsLeft: rest + running / this.jobs };
  }
}

/**
 * Does what is missing of a study, several parts at once, each in a process of its own.
 *
 * @throws InputError if a living process uses the folder.
 */
export async function runStudy(study: Study, plan: StudyPlan, options: RunStudyOptions): Promise<StudyEnd> {
  const { folder, stop } = options;
  makeStudyFolder(folder);
  const unlock = await lockRunFolder(studyPaths(folder).runs);
  const children = new Map<StudyPart, Child>();
  const killAll = () => children.forEach((child) => child.kill());
  process.on('exit', killAll);
  try {
    const leftovers = await endLeftovers(folder);
    const { parts, runs, tables, plots } = studyPaths(folder);
    for (const place of [folder, parts, runs, tables, plots]) await removeLeftovers(place);
    const records = readRecords(folder, plan.parts);
    const { done } = records;
    recordClaims(folder, study.tables, studyResults(study, plan, records));
    const { todo, again } = await agendaOf(folder, plan.parts, new Set(done.keys()));
    const ledger = new Ledger(plan, study.jobs, done, todo);
    const progress = options.progress(() => ledger.standing());
    if (leftovers > 0)
      progress.say(`Ended ${pluralize(leftovers, 'process')} that an interrupted study had left.`);
    again.forEach(({ name }) =>
      progress.say(`${name} is trained again: it is to be evaluated, and its weights are no longer there.`),
    );
    stop.onRequest(() => children.forEach((child) => child.stop()));
    const place: Workplace = { ...options, again: new Set(again), stopping: () => stop.requested() };
    const trainings = trainingsOf(plan.parts);
    const start = async (part: StudyPart): Promise<Outcome> => {
      progress.begin(part);
      const running = startPart(part, trainingOf(part, trainings), place, (report) => {
        ledger.reports.set(part, report);
        progress.step(part, report);
      });
      children.set(part, running.child);
      noteChildren(
        folder,
        [...children.values()].map(({ pid }) => pid),
      );
      const outcome = await running.outcome;
      children.delete(part);
      ledger.reports.delete(part);
      if (outcome.state === 'done') {
        ledger.open.delete(part);
        ledger.records.set(part.hash, outcome.record);
      }
      progress.end(part, outcome);
      return outcome;
    };
    const began = wallClock();
    const results = await runAll({
      todo,
      jobs: study.jobs,
      start,
      succeeded: ({ state }) => state === 'done',
      stopping: () => stop.requested(),
    });
    progress.close();
    progress.fact('seconds', Math.round(wallClock() - began));
    noteChildren(folder, []);
    return {
      interrupted: stop.requested(),
      failed: [...results].flatMap(([part, outcome]) =>
        outcome.state === 'failed' ? [{ part, outcome }] : [],
      ),
      left: todo.filter(
        (part) => results.get(part)?.state !== 'done' && results.get(part)?.state !== 'failed',
      ),
    };
  } finally {
    process.off('exit', killAll);
    killAll();
    await unlock();
  }
}
