import { join } from 'node:path';
import { gatheringPeers, succeedTogether } from '@m3ae/distributed';
import { requireWritableFolder } from '@m3ae/checkpoint/files';
import { duration, isInvalidInput } from '@m3ae/errors';
import { whyUnclassified } from '@m3ae/evaluation/model';
import { createProgress, type Progress, wallClock } from '@m3ae/logging';
import {
  clearLeftovers,
  evaluatedRun,
  evaluationsFolder,
  keepFacts,
  placeOfResults,
  recordEvaluation,
  reportFacts,
  requireSameRun,
  type ResultsPlace,
} from '@m3ae/runs';
import { refuseOtherClasses } from '@m3ae/runs/model';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { classesPath } from '../evaluation/opened-model.js';
import { refreshReport } from '../run/finish.js';
import { onRanks } from '../run/ranks.js';
import { fingerprintsOf, openSources, partsOf, type Sources } from '../run/sources.js';
import { versions } from '../run/versions.js';
import { warnOnStderr } from '../console.js';

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
export interface EvaluationKind<Results, Encoded = undefined, Context = EvaluationContext> {
  /** The command's name, or a longer one for a way of using it whose results stand beside. */
  readonly name: string | ((run: OpenedRun) => string);
  /** Everything resolved, for the record. */
  readonly settings: (run: OpenedRun) => Readonly<Record<string, unknown>>;
  /** What the ranks of a launcher do together by the `peers` of the run; rank 0 does the rest alone. */
  readonly encode?: (context: Context) => Promise<Encoded>;
  readonly evaluate: (context: Context, encoded: Encoded) => Promise<Results>;
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
function otherData(sources: Sources, changes: readonly string[]) {
  const changed = changes.some((change) => change.startsWith('data.') && !samePictures.test(change));
  return changed ? fingerprintsOf(partsOf(sources)) : undefined;
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

/** Records and prints. */
async function tell<Results, Context extends RunContext>(
  results: Results,
  context: Context,
  kind: Pick<EvaluationKind<Results, never, Context>, 'name' | 'settings' | 'print'>,
  { quiet, json, seconds }: { readonly quiet: boolean; readonly json: boolean; readonly seconds: number },
): Promise<void> {
  const { run, place, progress } = context;
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

/**
 * Opens a run and gathers what else is needed on every rank, encodes on all of them together, and evaluates, records the
 * result in the run's folder and its report and prints it on rank 0.
 */
async function evaluateRun<Results, Encoded, Context extends RunContext>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results, Encoded, Context>,
  contextOf: (run: OpenedRun, progress: Progress) => Promise<Context>,
): Promise<void> {
  const { quiet = false, json = false } = options;
  const started = wallClock();
  const opening = openRun(path, changesOf(options));
  const configured = opening.then(({ config }) => config);
  await onRanks(configured, async (communicator) => {
    const leads = communicator.rank === 0;
    const progress = createProgress({ quiet: quiet || json || !leads });
    const context = await succeedTogether(communicator, async () => {
      const run = await opening;
      if (leads) {
        requireWritableFolder(evaluationsFolder(run.folder));
        await clearLeftovers(run.folder);
      }
      return contextOf({ ...run, peers: gatheringPeers(communicator) }, progress);
    });
    const { config, model } = context.run;
    const data = { weights: model.weights };
    await requireSameRun(communicator, { config, data, versions: versions() });
    const encoded = (await kind.encode?.(context)) as Encoded; // undefined is the type of kinds that encode nothing
    await communicator.close();
    if (!leads) return;
    const results = await kind.evaluate(context, encoded);
    progress.end();
    await tell(results, context, kind, { quiet, json, seconds: wallClock() - started });
  });
}

/** Evaluates a run on its data. */
export async function runEvaluation<Results, Encoded = undefined>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results, Encoded>,
): Promise<void> {
  const evaluate = async (context: EvaluationContext, encoded: Encoded) => {
    const results = await kind.evaluate(context, encoded);
    const { run, sources, place } = context;
    if (place.prefix === '' && !run.foreign) {
      const note = whyUnclassified(sources, classesPath) ?? null;
      const gather = () => reportFacts(partsOf(sources), run.model.params, run.step, note);
      keepFacts(run.folder, gather, warnOnStderr);
    }
    return results;
  };
  await evaluateRun(path, options, { ...kind, evaluate }, async (run, progress) => {
    // Text alone is never evaluated on, and takes seconds to open.
    const data = { ...run.config.data, unpairedText: null };
    const sources = await openSources({ ...run.config, data }, progress);
    refuseOtherClasses(run, sources.labeled?.dataset.classNames);
    return { run, progress, sources, place: await placeOfResults(run, otherData(sources, options.set)) };
  });
}

/** Evaluates a run on what a person gives; its data is not opened. */
export async function runOnOwnInput<Results>(
  path: string,
  options: EvaluationCommandOptions,
  kind: EvaluationKind<Results, undefined, RunContext>,
): Promise<void> {
  await evaluateRun(path, options, kind, async (run, progress) => ({
    run,
    progress,
    place: await placeOfResults(run),
  }));
}
