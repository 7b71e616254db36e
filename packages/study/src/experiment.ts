import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { EvaluationJob, RunJob, StudyJob } from './plan.js';
import type { Shape } from './shapes.js';

/** Settings by their dotted path, e.g. `{ 'train.steps': 2000 }`. */
export type Settings = Readonly<Record<string, unknown>>;

/** What an experiment makes of the settings of one variant. */
export interface SettledVariant {
  /** What tells its runs from others; the seed is added. Without what equals its default, it lasts when defaults are added. */
  readonly identity: Settings;
  /** Everything that the figures depend on, defaults included: where a default becomes another, older records are not used. */
  readonly resolved: Settings;
}

/** How far a job is. */
export interface JobProgress {
  readonly step: number;
  readonly total: number;
  /** Zero where it cannot be told yet. */
  readonly stepsPerSecond: number;
}

/** Where a job works, and how it is told to stop. */
export interface JobContext {
  /** Folder of its run, for what is large and can be made again; an evaluation has that of the run it is about. */
  readonly folder: string;
  /** Begins the paths of files of this job alone, e.g. for a log: `${stem}.log`. */
  readonly stem: string;
  /** Whether the run was done before and what it left is gone: it begins anew. */
  readonly again: boolean;
  /** Aborted when the study is to stop: save what there is, and end with an error. */
  readonly signal: AbortSignal;
  /** Called as the job gets on. */
  onProgress(progress: JobProgress): void;
}

/** What a job has found out. */
export interface JobResult {
  /** Plain data. Data URIs of pictures, and names of picture files, become files of the study. */
  readonly figures: unknown;
  /** Of computing, over all interruptions; by default as long as the call took. */
  readonly seconds?: number;
  /** Folder that names of picture files start from. */
  readonly pictures?: string;
}

/** Does one job. It rejects with an error whose message a person can use. */
export type JobRunner = (job: StudyJob, context: JobContext) => Promise<JobResult> | JobResult;

/** What a study repeats: with each of its variants, and each seed. */
export interface Experiment {
  /** Does a run, or an evaluation of one. */
  readonly runJob: JobRunner;
  /** What a run is called: in records, and at the beginning of paths to its figures. Default `run`. */
  readonly name?: string;
  /**
   * Checks the settings of a variant. By default any will do, and all of them count.
   *
   * @throws InvalidInput
   */
  settle?(set: Settings): SettledVariant;
  /** Whether what a run left in its folder is still there, for evaluations that are new. By default always. */
  hasRun?(folder: string): Promise<boolean> | boolean;
  /** How much work a run is, and of which kind, for the time that is left; by default all runs are alike. */
  workOf?(resolved: Settings): { readonly kind: string; readonly amount: number } | undefined;
  /** Figures of a record in the words of today, where an earlier version may have used others; by default as they are. */
  readFigures?(figures: unknown): unknown;
  /** What the figures of a job will hold, so that paths are checked before anything runs; nothing where nobody knows. */
  shapeOf?(job: RunJob | EvaluationJob): Shape | undefined;
}

/** The experiment with every default filled in. */
export function withDefaults(experiment: Experiment): Required<Experiment> {
  return {
    name: 'run',
    settle: (set) => ({ identity: set, resolved: set }),
    hasRun: () => true,
    workOf: () => ({ kind: 'run', amount: 1 }),
    readFigures: (figures) => figures,
    shapeOf: () => undefined,
    ...experiment,
  };
}

/** JSON with sorted names: equal data gives equal text. */
export const canonicalJson = (value: unknown): string => stringify(value) ?? '';

/** The first 12 digits of the SHA-256 of some plain data, whatever the order of its names. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}
