import { InputError } from '../config/config-error.js';
import { evaluatedRun, type Evaluation, recordEvaluation } from '../evaluation/envelope.js';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { classificationFault } from '../evaluation/labelled-parts.js';
import { readFacts, reportFacts, writeFacts } from '../report/facts.js';
import { refreshReport } from '../report/refresh.js';
import { wallClock } from '../run/clock.js';
import { createProgress, duration, type Progress } from '../run/progress.js';
import { openSources, type Sources } from '../run/sources.js';
import type { EvaluationCommandOptions } from './evaluation-command.js';

/** What an evaluation works with. */
export interface EvaluationContext {
  readonly run: OpenedRun;
  readonly sources: Sources;
  readonly progress: Progress;
}

/** One kind of evaluation. */
export interface EvaluationKind<Results> {
  /** The command's name. */
  readonly name: string;
  /** Everything resolved, for the record. */
  readonly settings: (run: OpenedRun) => Readonly<Record<string, unknown>>;
  readonly evaluate: (context: EvaluationContext) => Promise<Results>;
  /** What is printed for a person. */
  readonly print: (results: Results) => readonly string[];
}

/** Faults that the packages find in data are the user's to mend: bad input. */
function asInputError(error: unknown): never {
  if (error instanceof RangeError && / must /.test(error.message))
    throw new InputError(error.message.split('\n'));
  throw error;
}

/** Settings that the options of a command change, `path=value` each. */
export function changesOf({ set, threads }: Pick<EvaluationCommandOptions, 'set' | 'threads'>): string[] {
  return [...set, ...(threads === undefined ? [] : [`train.threads=${threads}`])];
}

/** The facts of runs that ended before their report, so that one can be written. */
function keepFacts({ folder, params, step }: OpenedRun, sources: Sources): void {
  if (readFacts(folder) !== undefined) return;
  writeFacts(folder, reportFacts(sources, params, step, classificationFault(sources) ?? null));
}

/** Opens a run, evaluates it, records the result in its folder and its report, and prints it. */
export async function runEvaluation<Results>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results>,
): Promise<Evaluation<Results>> {
  const { quiet = false, json = false } = options;
  const started = wallClock();
  const progress = createProgress({ quiet: quiet || json, output: process.stdout, clock: wallClock });
  const run = await openRun(path, changesOf(options));
  // Text alone is never evaluated on, and takes seconds to open.
  const data = { ...run.config.data, unpairedText: null };
  const sources = await openSources({ ...run.config, data }, progress);
  const results = await kind.evaluate({ run, sources, progress }).catch(asInputError);
  progress.end();
  const evaluated = evaluatedRun(run.folder, run.config, run);
  const seconds = wallClock() - started;
  const record = recordEvaluation(kind.name, evaluated, kind.settings(run), results, seconds);
  keepFacts(run, sources);
  const report = await refreshReport(run.folder, run.config);
  if (json) process.stdout.write(`${JSON.stringify(record)}\n`);
  else if (!quiet) {
    kind.print(results).forEach((line) => progress.say(line));
    progress.say(`Step ${run.step} of ${run.folder}, in ${duration(seconds)}.`);
    if (report !== undefined) progress.say(`Report: ${report}`);
  }
  return record;
}
