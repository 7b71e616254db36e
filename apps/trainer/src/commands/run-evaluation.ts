import { join } from 'node:path';
import { duration, isInvalidInput } from '@m3ae/errors';
import { requireWritableFolder } from '@m3ae/checkpoint/files';
import { createProgress, type Progress } from '@m3ae/logging';
import {
  clearLeftovers,
  evaluatedRun,
  type Evaluation,
  evaluationsFolder,
  placeOfResults,
  recordEvaluation,
  type ResultsPlace,
} from '@m3ae/runs';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { classificationFault, refuseOtherClasses } from '../evaluation/labelled-parts.js';
import { readFacts, reportFacts, writeFacts } from '../report/facts.js';
import { refreshReport } from '../report/refresh.js';
import { wallClock } from '../run/clock.js';
import { openSources, type Sources } from '../run/sources.js';
import { versions } from '../run/versions.js';
import { warnOnStderr } from '../run/warn.js';

/** Options of every command that evaluates a trained model. */
export interface EvaluationCommandOptions {
  readonly set: string[];
  readonly threads?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** What an evaluation of a person's own input works with. */
export interface RunContext {
  readonly run: OpenedRun;
  readonly progress: Progress;
  readonly place: ResultsPlace;
}

/** What an evaluation on the data of the run works with. */
export interface EvaluationContext extends RunContext {
  readonly sources: Sources;
}

/** One kind of evaluation. */
export interface EvaluationKind<Results, Context = EvaluationContext> {
  /** The command's name, or a longer one for a way of using it whose results stand beside. */
  readonly name: string | ((run: OpenedRun) => string);
  /** Everything resolved, for the record. */
  readonly settings: (run: OpenedRun) => Readonly<Record<string, unknown>>;
  readonly evaluate: (context: Context) => Promise<Results>;
  /** What is printed for a person. */
  readonly print: (results: Results, context: Context) => readonly string[];
}

/** Settings that the options of a command change, `path=value` each. */
export function changesOf({ set, threads }: Pick<EvaluationCommandOptions, 'set' | 'threads'>): string[] {
  return [...set, ...(threads === undefined ? [] : [`train.threads=${threads}`])];
}

/** Changes that leave the pictures as they are: what belongs to them is told anew. */
const samePictures = /^data\.(?!source|extra)|^data\.source\.(labels|captions)\b/;

/** Fingerprints of the parts, where other pictures may have been asked for. */
function otherData({ train, validation, tests }: Sources, changes: readonly string[]) {
  const changed = changes.some((change) => change.startsWith('data.') && !samePictures.test(change));
  if (!changed) return undefined;
  const parts = [train, validation, ...tests].filter((part) => part !== null);
  return Object.fromEntries(parts.map(({ name, dataset }) => [name, dataset.fingerprint]));
}

/** The facts of runs that ended before their report, or whose facts are damaged, so that one can be written. */
function keepFacts({ folder, params, step, foreign }: OpenedRun, sources: Sources): void {
  if (foreign !== undefined) return;
  try {
    if (readFacts(folder) !== undefined) return;
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warnOnStderr(`${error.message} It is written anew.`);
  }
  writeFacts(folder, reportFacts(sources, params, step, classificationFault(sources) ?? null));
}

/** The report with what was measured; where a file of the run is damaged that it shows, a warning in its place. */
async function reportOf({ folder, config, record, foreign }: OpenedRun): Promise<string | undefined> {
  if (foreign !== undefined) return undefined;
  try {
    return await refreshReport(folder, config, record);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warnOnStderr(`${error.message} The report stays as it was.`);
    return undefined;
  }
}

/** Opens a run, gathers what else is needed, evaluates, records the result in its folder and its report, and prints it. */
async function evaluateRun<Results, Context extends RunContext>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results, Context>,
  contextOf: (run: OpenedRun, progress: Progress) => Promise<Context>,
): Promise<Evaluation<Results>> {
  const { quiet = false, json = false } = options;
  const started = wallClock();
  const progress = createProgress({ quiet: quiet || json, output: process.stdout, clock: wallClock });
  const run = await openRun(path, changesOf(options));
  requireWritableFolder(evaluationsFolder(run.folder));
  await clearLeftovers(run.folder);
  const context = await contextOf(run, progress);
  const results = await kind.evaluate(context);
  progress.end();
  const evaluated = evaluatedRun(run.folder, run.config, run);
  const seconds = wallClock() - started;
  const { folder, prefix } = context.place;
  const name = typeof kind.name === 'string' ? kind.name : kind.name(run);
  const record = recordEvaluation(folder, {
    evaluation: name,
    run: evaluated,
    settings: kind.settings(run),
    results,
    seconds,
    versions: versions(),
  });
  const report = prefix === '' ? await reportOf(run) : undefined;
  if (json) process.stdout.write(`${JSON.stringify(record)}\n`);
  else if (!quiet) {
    kind.print(results, context).forEach((line) => progress.say(line));
    progress.say(`Step ${run.step} of ${run.folder}, in ${duration(seconds)}.`);
    if (report !== undefined) progress.say(`Report: ${report}`);
    const kept = `Kept in ${join(folder, `${name}.json`)}`;
    if (run.foreign !== undefined) progress.say(`${kept}.`);
    else if (prefix !== '') {
      progress.say(`${kept}; the report stays that of the newest checkpoint on the run's own data.`);
    }
  }
  return record;
}

/** Evaluates a run on its data. */
export async function runEvaluation<Results>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results>,
): Promise<Evaluation<Results>> {
  const evaluate = async (context: EvaluationContext) => {
    const results = await kind.evaluate(context);
    if (context.place.prefix === '') keepFacts(context.run, context.sources);
    return results;
  };
  return evaluateRun(path, options, { ...kind, evaluate }, async (run, progress) => {
    // Text alone is never evaluated on, and takes seconds to open.
    const data = { ...run.config.data, unpairedText: null };
    const sources = await openSources({ ...run.config, data }, progress);
    refuseOtherClasses(run, sources);
    return { run, progress, sources, place: await placeOfResults(run, otherData(sources, options.set)) };
  });
}

/** Evaluates a run on what a person gives; its data is not opened. */
export async function runOnOwnInput<Results>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results, RunContext>,
): Promise<Evaluation<Results>> {
  return evaluateRun(path, options, kind, async (run, progress) => ({
    run,
    progress,
    place: await placeOfResults(run),
  }));
}
