import { createHash } from 'node:crypto';
import { isRecord, type Fault, InvalidInput, isInvalidInput, sentenceOf } from '@m3ae/errors';
import { type Experiment, type Settings, type SettledVariant, withDefaults } from './experiment.js';
import type { Study } from './resolve-study.js';
import type { StudyEvaluation } from './schema.js';
import { wantedEvaluations } from './wanted.js';

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

/** JSON with sorted names: equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** The first 12 digits of the SHA-256 of some plain data, whatever the order of its names. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
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
  const seedsOf = (name: string) => study.variants[name]!.seeds ?? study.seeds;
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
  const runs = [...new Set(names.flatMap(seedsOf))].flatMap((seed) =>
    names.filter((name) => seedsOf(name).includes(seed)).map((name) => plannedRun(name, seed)),
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
