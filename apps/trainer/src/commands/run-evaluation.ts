import { succeedTogether } from '@m3ae/distributed';
import { requireWritableFolder } from '@m3ae/checkpoint/files';
import { createProgress, type Progress } from '@m3ae/logging';
import { clearLeftovers, evaluationsFolder, placeOfResults, type ResultsPlace } from '@m3ae/runs';
import { refuseOtherClasses } from '@m3ae/runs/model';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { wallClock } from '../run/clock.js';
import { evaluationPeersOf, onRanks, requireSameRun } from '../run/ranks.js';
import { fingerprintsOf, openSources, partsOf, type Sources } from '../run/sources.js';
import { versions } from '../run/versions.js';
import { keepFacts, tell } from './tell-results.js';

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
      return contextOf({ ...run, peers: evaluationPeersOf(communicator) }, progress);
    });
    const { config, model } = context.run;
    const data = { weights: model.weights };
    await requireSameRun(communicator, { config, data, versions: versions() });
    const encoded = (await kind.encode?.(context)) as Encoded; // undefined is the type of kinds that encode nothing
    await communicator.close();
    if (!leads) return;
    const results = await kind.evaluate(context, encoded);
    progress.end();
    await tell({ results, context, kind, options, progress, seconds: wallClock() - started });
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
    if (context.place.prefix === '') keepFacts(context.run, context.sources);
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
