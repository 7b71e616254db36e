import { join } from 'node:path';
import { duration, isInvalidInput } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { evaluatedRun, readFacts, recordEvaluation, reportFacts, writeFacts } from '@m3ae/runs';
import { whyUnclassified } from '../evaluation/labeled-splits.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { refreshReport } from '../report/refresh.js';
import { partsOf, type Sources } from '../run/sources.js';
import { versions } from '../run/versions.js';
import { warnOnStderr } from '../run/warn.js';
import type { EvaluationCommandOptions, EvaluationKind, RunContext } from './run-evaluation.js';

/** The facts of runs that ended before their report, or whose facts are damaged, so that one can be written. */
export function keepFacts({ folder, model, step, foreign }: OpenedRun, sources: Sources): void {
  if (foreign) return;
  try {
    if (readFacts(folder) !== undefined) return;
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warnOnStderr(`${error.message} It is written anew.`);
  }
  const note = whyUnclassified(sources) ?? null;
  writeFacts(folder, reportFacts(partsOf(sources), model.params, step, note));
}

/** The report with what was measured; where a file of the run is damaged that it shows, a warning in its place. */
async function reportOf({ folder, config, record, foreign }: OpenedRun): Promise<string | undefined> {
  if (foreign) return undefined;
  try {
    return await refreshReport(folder, config, record);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warnOnStderr(`${error.message} The report stays as it was.`);
    return undefined;
  }
}

/** What an evaluation has found. */
interface Found<Results, Context> {
  readonly results: Results;
  readonly context: Context;
  readonly kind: Pick<EvaluationKind<Results, never, Context>, 'name' | 'settings' | 'print'>;
  readonly options: EvaluationCommandOptions;
  readonly progress: Progress;
  readonly seconds: number;
}

/** Records and prints. */
export async function tell<Results, Context extends RunContext>({
  results,
  context,
  kind,
  options: { quiet = false, json = false },
  progress,
  seconds,
}: Found<Results, Context>): Promise<void> {
  const { run, place } = context;
  const { weights } = run.model;
  const evaluated = evaluatedRun(run.folder, run.config, { step: run.step, weights });
  const { folder, prefix } = place;
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
  if (json || quiet) return;
  kind.print(results, context).forEach((line) => progress.say(line));
  progress.say(`Step ${run.step} of ${run.folder}, in ${duration(seconds)}.`);
  if (report !== undefined) progress.say(`Report: ${report}`);
  const kept = `Kept in ${join(folder, `${name}.json`)}`;
  if (run.foreign) progress.say(`${kept}.`);
  else if (prefix !== '') {
    progress.say(`${kept}; the report stays that of the newest checkpoint on the run's own data.`);
  }
}
