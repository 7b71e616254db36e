import { type Fault, InvalidInput, isInvalidInput, sentenceOf } from '@m3ae/errors';
import { type Experiment, hashOf, type Settings, type SettledVariant, withDefaults } from './experiment.js';
import type { Study } from './resolve-study.js';
import type { StudyTable } from './schema-tables.js';
import {
  askedPaths,
  comparisonsOf,
  isAmong,
  metricOf,
  seedsOf,
  sidesOf,
  stepsOf,
  type StudyEvaluation,
} from './schema.js';

/** A run of the experiment: a variant with a seed. */
export interface RunJob {
  readonly kind: 'run';
  /** Tells it from every other job, in this study and others. */
  readonly hash: string;
  /** E.g. `m3ae-seed0`, after the first variant that needs it. */
  readonly name: string;
  readonly variant: string;
  readonly seed: number;
  /** What the study sets for the variant. */
  readonly set: Settings;
  /** The settings behind the hash. */
  readonly settings: Settings;
  /** All settings that matter, defaults included. */
  readonly resolved: Settings;
}

/** One evaluation of one run. */
export interface EvaluationJob {
  readonly kind: 'evaluate';
  readonly hash: string;
  /** E.g. `m3ae-seed0.probe`. */
  readonly name: string;
  readonly seed: number;
  /** The command with its options, which are behind the hash together with the run's. */
  readonly settings: { readonly command: string; readonly options: StudyEvaluation['options'] };
  /** Name in the study. */
  readonly evaluation: string;
  readonly run: RunJob;
}

/** A piece of work that is done once. */
export type StudyJob = RunJob | EvaluationJob;

/** What is to be done for one variant with one seed. */
export interface PlannedRun {
  readonly variant: string;
  readonly seed: number;
  readonly job: RunJob;
  /** By their names in the study. */
  readonly evaluations: Readonly<Record<string, EvaluationJob>>;
}

/** Everything a study consists of, in the order in which it is best done. */
export interface StudyPlan {
  readonly study: Study;
  readonly experiment: Required<Experiment>;
  readonly jobs: readonly StudyJob[];
  readonly runs: readonly PlannedRun[];
}

/** The job that a run is about: itself, or the run that is evaluated. */
export const runOf = (job: StudyJob): RunJob => (job.kind === 'run' ? job : job.run);

function settleAll({ variants }: Study, { settle }: Required<Experiment>): Map<string, SettledVariant> {
  const faults: Fault[] = [];
  const settled = new Map<string, SettledVariant>();
  for (const [name, { set }] of Object.entries(variants)) {
    try {
      settled.set(name, settle(set));
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      for (const fault of error.faults)
        faults.push({ ...fault, sentence: `In variant ${name}: ${sentenceOf(fault)}` });
    }
  }
  if (faults.length > 0) throw new InvalidInput(faults);
  return settled;
}

/**
 * Lists the jobs of a study: every run once, however many variants ask for it, seeds first, so that an interrupted
 * study has something to say about every variant.
 *
 * @throws InvalidInput naming each variant whose settings the experiment refuses.
 */
export function planStudy(study: Study, given: Experiment): StudyPlan {
  const experiment = withDefaults(given);
  const wantedBy = wantedEvaluations(study, experiment.name);
  const settled = settleAll(study, experiment);
  const names = Object.keys(study.variants);
  const jobs = new Map<string, StudyJob>();
  const once = <Job extends StudyJob>(job: Job) => {
    const known = jobs.get(job.hash) as Job | undefined; // equal hashes are of equal kind
    if (known === undefined) jobs.set(job.hash, job);
    return known ?? job;
  };
  const plannedRun = (variant: string, seed: number): PlannedRun => {
    const { identity, resolved } = settled.get(variant)!;
    const settings = { ...identity, seed };
    const run = once<RunJob>({
      kind: 'run',
      hash: hashOf({ kind: experiment.name, settings }),
      name: `${variant}-seed${seed}`,
      variant,
      seed,
      set: study.variants[variant]!.set,
      settings,
      resolved: { ...resolved, seed },
    });
    const evaluations = wantedBy(variant, seed).map((name) => [
      name,
      once(evaluationJob(name, study.evaluations[name]!, run)),
    ]);
    return { variant, seed, job: run, evaluations: Object.fromEntries(evaluations) };
  };
  const runs = [...new Set(names.flatMap((name) => seedsOf(study, name)))].flatMap((seed) =>
    names.filter((name) => seedsOf(study, name).includes(seed)).map((name) => plannedRun(name, seed)),
  );
  return { study, experiment, jobs: [...jobs.values()], runs };
}

function evaluationJob(name: string, evaluation: StudyEvaluation, run: RunJob): EvaluationJob {
  const settings = { command: evaluation.command ?? name, options: evaluation.options };
  return {
    kind: 'evaluate',
    hash: hashOf({ kind: 'evaluate', settings, training: run.hash }),
    name: `${run.name}.${name}`,
    seed: run.seed,
    settings,
    evaluation: name,
    run,
  };
}

/** Evaluations that a variant needs with these seeds; without seeds, with all. */
type Want = readonly [variant: string, evaluations: readonly string[], seeds?: readonly number[]];

/** Names that a path leads through first, the ones in braces included. */
function evaluationsOf(path: string): string[] {
  const inBraces = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, inner]) => inner!);
  return [path, ...inBraces].map((one) => stepsOf(one)[0]!);
}

/** Seeds that two lists allow; undefined allows all. */
function bothOf(first: readonly number[] | undefined, second: readonly number[] | undefined) {
  return first?.filter((seed) => isAmong(seed, second)) ?? second;
}

function wantsOf(table: StudyTable): Want[] {
  const { rows, metrics, pictures } = table;
  const ofRows = rows.flatMap((row): Want[] => {
    const { variant, seeds } = row;
    const measured = metrics.map((metric): Want => {
      const evaluations = askedPaths(metric, row).flatMap(evaluationsOf);
      return [variant, evaluations, bothOf(seeds, metric.seeds)];
    });
    return pictures === undefined ? measured : [...measured, [variant, [pictures], seeds]];
  });
  const ofComparisons = comparisonsOf(table)
    .flatMap(sidesOf)
    .map((side): Want => {
      const { path, seeds } = metricOf(table, side.metric);
      return [side.variant, path.flatMap(evaluationsOf), seeds];
    });
  return [...ofRows, ...ofComparisons];
}

/**
 * Evaluations that a variant with a seed needs: those its tables measure with, and those that name it. Without
 * tables, all of them.
 */
function wantedEvaluations(study: Study, runName: string): (variant: string, seed: number) => string[] {
  const all = study.tables.length === 0 ? Object.keys(study.variants) : [];
  const named = Object.entries(study.evaluations).flatMap(([name, { variants = all }]) =>
    variants.map((variant): Want => [variant, [name]]),
  );
  const wants = [...named, ...study.tables.flatMap(wantsOf)];
  return (variant, seed) => {
    const own = wants.filter(([one, , seeds]) => one === variant && isAmong(seed, seeds));
    const names = new Set(own.flatMap(([, evaluations]) => evaluations));
    names.delete(runName); // the run itself
    return [...names];
  };
}
