import { countUpTo, typedValue } from '@m3ae/errors/rules';
import { join } from 'node:path';
import { requireWritableFile } from '@m3ae/checkpoint/files';
import { duration, pluralize } from '@m3ae/errors';
import {
  createChildren,
  createStudyProgress,
  failureText,
  jobPaths,
  markerNames,
  planStudy,
  programRunner,
  readRecords,
  refuseUnknownPaths,
  requireMarkers,
  type StudyChanges,
  type StudyEnd,
  type StudyJob,
  studyPaths,
  type StudyPlan,
  tellAgenda,
  writeResults,
} from '@m3ae/study';
import { conductStudy, runFolderJobs } from '@m3ae/study/runs';
import { limits } from '../config/limits.js';
import { parseAssignments } from '@m3ae/errors/settings';
import { wallClock } from '@m3ae/logging';
import { ownCommit, versions } from '../run/versions.js';
import { loadStudy, m3aeExperiment, m3aeProgram } from '../study/experiment.js';
import { exitCodes, Interrupted } from '../console.js';

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
    text === undefined ? undefined : typedValue(option, text, countUpTo(limits.threads));
  return {
    quick: quick ?? false,
    only: listOf(only),
    seeds: listOf(seeds)?.map((seed) => typedValue('--seeds', seed, countUpTo(limits.seed, 0))),
    jobs: count('--jobs', jobs),
    threads: count('--threads', threads),
    set: Object.fromEntries(parseAssignments(set)),
  };
}

function refuseToReport({ interrupted, left, failed }: StudyEnd, { jobs }: StudyPlan): void {
  if (!interrupted) return;
  const done = jobs.length - left.length - failed.length;
  throw new Interrupted(
    `Stopped; ${done} of ${pluralize(jobs.length, 'part is', 'parts are')} done. The same command goes on; with --report it shows what there is.`,
  );
}

export async function runStudyCommand(
  config: string | undefined,
  options: StudyCommandOptions,
): Promise<void> {
  const { quiet = false, json = false, markdown } = options;
  const { study, base } = await loadStudy(config ?? 'study-emoji', changesOf(options));
  const folder = options.out ?? join('studies', study.name);
  const children = createChildren(join(studyPaths(folder).runs, 'children.json'));
  const jobs = runFolderJobs(m3aeProgram(base, study.threads));
  const plan = planStudy(study, m3aeExperiment(base, programRunner(jobs, children)));
  refuseUnknownPaths(plan, readRecords(folder, plan));
  const logOf = (job: StudyJob) => `${jobPaths(folder, job).stem}.log`;
  const { name: runName } = plan.experiment;
  const output = process.stdout;
  const progress = createStudyProgress({ quiet, json, output, clock: wallClock, logOf, runName });
  if (options.dryRun) return tellAgenda(plan, folder, progress);
  if (markdown !== undefined) {
    requireMarkers(markdown, markerNames(study));
    requireWritableFile(markdown);
  }
  let end: StudyEnd | undefined;
  if (!options.report) {
    const began = wallClock();
    const provenance = { commit: ownCommit(), versions: { ...versions() } };
    end = await conductStudy(plan, { folder, children, progress, provenance });
    progress.fact('seconds', Math.round(wallClock() - began));
    refuseToReport(end, plan);
  }
  const started = wallClock();
  const { report } = await writeResults(plan, { folder, markdown });
  progress.fact('report', report);
  progress.say(`Wrote tables, plots and the page in ${duration(wallClock() - started)}: ${report}`);
  const failures = end && failureText(end, plan, logOf);
  if (failures === undefined) return;
  console.error(failures);
  process.exitCode = exitCodes.failure;
}
