import { join } from 'node:path';
import { makeFolder, requireWritableFile } from '@m3ae/checkpoint/files';
import { duration, pluralize } from '@m3ae/errors';
import {
  agendaOf,
  costModel,
  createChildren,
  createStudyProgress,
  jobPaths,
  markerNames,
  planStudy,
  programRunner,
  readRecords,
  refuseUnknownPaths,
  requireMarkers,
  runStudy,
  type StudyChanges,
  type StudyEnd,
  type StudyJob,
  studyPaths,
  type StudyPlan,
  type StudyProgress,
  writeResults,
} from '@m3ae/study';
import { listenForStop, lockRunFolder } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import { parseAssignments } from '@m3ae/errors/settings';
import { countUpTo, valueOf } from './choices.js';
import { wallClock } from '@m3ae/logging';
import { ownCommit, versions } from '../run/versions.js';
import { loadStudy, m3aeExperiment } from '../study/experiment.js';
import { commandJobs } from '../study/run-jobs.js';
import { exitCodes, Interrupted } from './exit-codes.js';

/** Options of `m3ae study`. */
export interface StudyCommandOptions {
  readonly out?: string;
  readonly quick?: boolean;
  readonly only?: string;
  readonly seeds?: string;
  readonly jobs?: string;
  readonly threads?: string;
  readonly set: string[];
  readonly dryRun?: boolean;
  readonly report?: boolean;
  readonly markdown?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const listOf = (text: string | undefined) => text?.split(',').map((word) => word.trim());

function changesOf({ quick, only, seeds, jobs, threads, set }: StudyCommandOptions): StudyChanges {
  const count = (option: string, text: string | undefined) =>
    text === undefined ? undefined : valueOf(option, text, countUpTo(limits.threads));
  return {
    quick: quick ?? false,
    only: listOf(only),
    seeds: listOf(seeds)?.map((seed) => valueOf('--seeds', seed, countUpTo(limits.seed, 0))),
    jobs: count('--jobs', jobs),
    threads: count('--threads', threads),
    set: Object.fromEntries(parseAssignments(set)),
  };
}

/** Lists the jobs of a study: which are done, which will run, and how long they will take. */
async function dryRun(plan: StudyPlan, folder: string, { say, fact }: StudyProgress): Promise<void> {
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

function tellFailures({ failed, left }: StudyEnd, { jobs }: StudyPlan, logOf: (job: StudyJob) => string) {
  if (failed.length === 0) return;
  const lines = failed.map((job) => `  ${job.name}: see ${logOf(job)}`).join('\n');
  const waiting =
    left.length === 0 ? '' : `\n${pluralize(left.length, 'part waits', 'parts wait')} for them.`;
  console.error(
    `${failed.length} of ${pluralize(jobs.length, 'part')} failed; the same command tries them again:\n${lines}${waiting}`,
  );
  process.exitCode = exitCodes.failure;
}

function refuseToReport({ interrupted, left, failed }: StudyEnd, { jobs }: StudyPlan): void {
  if (!interrupted) return;
  const done = jobs.length - left.length - failed.length;
  throw new Interrupted(
    `Stopped; ${done} of ${pluralize(jobs.length, 'part is', 'parts are')} done. The same command goes on; with --report it shows what there is.`,
  );
}

/** Runs `m3ae study`. */
export async function runStudyCommand(
  config: string | undefined,
  options: StudyCommandOptions,
): Promise<void> {
  const { quiet = false, json = false, markdown } = options;
  const { study, base } = await loadStudy(config ?? 'study-emoji', changesOf(options));
  const folder = options.out ?? join('studies', study.name);
  const { runs } = studyPaths(folder);
  const children = createChildren(join(runs, 'children.json'));
  const m3ae = [process.execPath, process.argv[1]!];
  const jobs = commandJobs({ m3ae, base, threads: study.threads });
  const plan = planStudy(study, m3aeExperiment(base, programRunner(jobs, children)));
  refuseUnknownPaths(plan, readRecords(folder, plan));
  const logOf = (job: StudyJob) => `${jobPaths(folder, job).stem}.log`;
  const progress = createStudyProgress({
    quiet,
    json,
    output: process.stdout,
    clock: wallClock,
    logOf,
    runName: plan.experiment.name,
  });
  if (options.dryRun) return dryRun(plan, folder, progress);
  if (markdown !== undefined) {
    requireMarkers(markdown, markerNames(study));
    requireWritableFile(markdown);
  }
  let end: StudyEnd | undefined;
  if (!options.report) {
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
      const began = wallClock();
      end = await runStudy(plan, {
        folder,
        signal: stop.signal,
        provenance: { commit: ownCommit(), versions: { ...versions() } },
        onEvent: progress.event,
      });
      progress.close();
      progress.fact('seconds', Math.round(wallClock() - began));
    } finally {
      process.off('exit', children.killAll);
      children.killAll();
      signals.release();
      await unlock();
    }
    refuseToReport(end, plan);
  }
  const started = wallClock();
  const { report } = await writeResults(plan, { folder, markdown });
  progress.fact('report', report);
  progress.say(`Wrote tables, plots and the page in ${duration(wallClock() - started)}: ${report}`);
  if (end !== undefined) tellFailures(end, plan, logOf);
}
