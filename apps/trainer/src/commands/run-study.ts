import { pluralize } from '@m3ae/errors';
import { join } from 'node:path';
import { InputError } from '../config/config-error.js';
import { limits } from '../config/limits.js';
import { countOf } from '../evaluation/choices.js';
import { wallClock } from '../run/clock.js';
import { duration } from '../run/progress.js';
import { listenForStop } from '../run/stop-signal.js';
import { versions } from '../run/versions.js';
import { commitOf } from '../run/commit.js';
import { refuseUnknownPaths } from '../study/check-paths.js';
import { dryRunStudy } from '../study/dry-run.js';
import { loadStudy, type StudyChanges } from '../study/load.js';
import { planStudy, type StudyPlan } from '../study/plan.js';
import { createStudyProgress, type StudyProgress } from '../study/progress.js';
import { readRecords } from '../study/records.js';
import { type StandingOf, runStudy, type StudyEnd } from '../study/run-study.js';
import { requireMarkdownFile } from '../study/markdown-file.js';
import { markerNames, writeStudyResults } from '../study/write-results.js';
import { exitCodes, Interrupted } from './exit-codes.js';
import type { StudyCommandOptions } from './study.js';

const listOf = (text: string | undefined) => text?.split(',').map((word) => word.trim());

function settingsOf(set: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    set.map((assignment) => {
      const at = assignment.indexOf('=');
      if (at < 1) {
        throw new InputError([
          `--set must be PATH=VALUE; received ${assignment}. Write e.g. --set train.steps=20.`,
        ]);
      }
      const text = assignment.slice(at + 1);
      try {
        return [assignment.slice(0, at), JSON.parse(text) as unknown];
      } catch {
        return [assignment.slice(0, at), text];
      }
    }),
  );
}

function changesOf(options: StudyCommandOptions): StudyChanges {
  const { quick, only, seeds, jobs, threads, set } = options;
  return {
    quick: quick ?? false,
    only: listOf(only),
    seeds: listOf(seeds)?.map((seed) => countOf('--seeds', seed, { least: 0, most: limits.seed })),
    jobs: jobs === undefined ? undefined : countOf('--jobs', jobs, { most: limits.threads }),
    threads: threads === undefined ? undefined : countOf('--threads', threads, { most: limits.threads }),
    set: settingsOf(set),
  };
}

/** Listens to Ctrl-C; the first asks the parts to save. */
function stopOf(say: () => void) {
  const actions: (() => void)[] = [];
  const stop = listenForStop(() => {
    say();
    actions.forEach((action) => action());
  });
  return { ...stop, onRequest: (action: () => void) => void actions.push(action) };
}

function tellFailures(end: StudyEnd, plan: StudyPlan): void {
  if (end.failed.length === 0) return;
  const lines = end.failed.map(({ part, outcome }) => `  ${part.name}: see ${outcome.log}`);
  const waiting =
    end.left.length === 0 ? '' : `\n${pluralize(end.left.length, 'part waits', 'parts wait')} for them.`;
  console.error(
    `${end.failed.length} of ${pluralize(plan.parts.length, 'part')} failed; the same command tries them again:\n${lines.join('\n')}${waiting}`,
  );
  process.exitCode = exitCodes.failure;
}

function refuseToReport(end: StudyEnd, plan: StudyPlan): void {
  if (!end.interrupted) return;
  const done = plan.parts.length - end.left.length - end.failed.length;
  throw new Interrupted(
    `Stopped; ${done} of ${pluralize(plan.parts.length, 'part is', 'parts are')} done. The same command goes on; with --report it shows what there is.`,
  );
}

/** Runs `m3ae study`. */
export async function runStudyCommand(
  config: string | undefined,
  options: StudyCommandOptions,
): Promise<void> {
  const { quiet = false, json = false } = options;
  const study = await loadStudy(config ?? 'study-emoji', changesOf(options));
  const plan = planStudy(study);
  const folder = options.out ?? join('studies', study.name);
  refuseUnknownPaths(study, plan, readRecords(folder, plan.parts).done);
  const progressWith = (standing: StandingOf) =>
    createStudyProgress({ quiet, json, output: process.stdout, clock: wallClock, standing });
  let progress: StudyProgress = progressWith(() => ({ done: 0, total: plan.parts.length }));
  if (options.dryRun) return dryRunStudy(study, plan, folder, progress);
  if (options.markdown !== undefined) requireMarkdownFile(options.markdown, markerNames(study));
  let end: StudyEnd | undefined;
  if (!options.report) {
    const stop = stopOf(() =>
      progress.say('Stopping: the parts save and end. Press Ctrl-C again to stop at once.'),
    );
    try {
      end = await runStudy(study, plan, {
        folder,
        m3ae: [process.execPath, process.argv[1]!],
        commit: commitOf(process.argv[1]!),
        versions: versions(),
        stop,
        progress: (standing) => (progress = progressWith(standing)),
      });
    } finally {
      stop.release();
    }
    refuseToReport(end, plan);
  }
  const started = wallClock();
  const { report } = await writeStudyResults(study, plan, folder, { markdown: options.markdown });
  progress.fact('report', report);
  progress.say(`Wrote tables, plots and the page in ${duration(wallClock() - started)}: ${report}`);
  if (end !== undefined) tellFailures(end, plan);
}
