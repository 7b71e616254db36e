import { basename, dirname, extname } from 'node:path';
import { invalidField, isRecord } from '@m3ae/errors';
import {
  canonicalJson,
  type Experiment,
  type JobRunner,
  resolveStudy,
  type Settings,
  settledConfig,
  type SettledVariant,
  type Study,
  type StudyChanges,
} from '@m3ae/study';
import { hasLastCheckpoint, runFolderShape, type RunProgram } from '@m3ae/study/runs';
import { inTodaysWords } from '@m3ae/runs';
import { applyOverrides, resolveConfig } from '../config/resolve.js';
import { findConfig, loadConfigFile } from '../config/load.js';
import type { TrainerConfig } from '../config/schema.js';
import { testNames } from '../run/pictures.js';
import { settingRules } from '../run/rules.js';

/** A study of pre-trainings, with the config that all variants share. */
export interface LoadedStudy {
  readonly study: Study;
  /** What the base config holds. */
  readonly base: unknown;
}

/** Checks a study of pre-trainings; `folder` is what its base is relative to. */
export async function resolveM3aeStudy(
  input: unknown,
  changes: StudyChanges = {},
  folder = '.',
): Promise<LoadedStudy> {
  const study = resolveStudy(input, { ...changes, runName: 'pretrain' });
  const { base } = study;
  if (typeof base === 'string') return { study, base: await loadConfigFile(base, folder) };
  if (isRecord(base)) return { study, base };
  throw invalidField('base', 'a config file, a preset or a config', base, 'Write e.g. base: "emoji-tiny".');
}

/** Reads a study config, a file or a preset, and the base config that it names: a preset, or a file relative to the study's. */
export async function loadStudy(path: string, changes: StudyChanges = {}): Promise<LoadedStudy> {
  const file = findConfig(path);
  const name = basename(file, extname(file));
  return resolveM3aeStudy(await loadConfigFile(file), { name, ...changes }, dirname(file));
}

/** The config of a pre-training: the base of its study with the settings of its variant. */
function configOf(base: unknown, set: Settings): TrainerConfig {
  const assignments = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  return resolveConfig(applyOverrides(base, assignments));
}

/** What tells one pre-training from another, and all that its weights depend on. */
export const settled = (config: TrainerConfig): SettledVariant =>
  settledConfig(config, {
    resolve: resolveConfig,
    harmless: [...settingRules.harmless, 'train.threads'],
    harmlessNames: ['cacheFolder'],
  });

type Resolved = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Pre-trainings of this package, and the commands that evaluate them, as a study repeats them. */
export function m3aeExperiment(base: unknown, runJob: JobRunner): Experiment {
  return {
    name: 'pretrain',
    runJob,
    settle: (set) => settled(configOf(base, { ...set, seed: 0 })),
    hasRun: hasLastCheckpoint,
    workOf(resolved) {
      // What the time of a step depends on.
      const { method, image, text, model, train } = resolved as Resolved;
      const steps = train?.steps;
      if (typeof steps !== 'number') return undefined;
      return { kind: canonicalJson([method, image, text, model, train?.batchSize]), amount: steps };
    },
    readFigures: inTodaysWords,
    shapeOf: (job) => runFolderShape(job, (resolved) => testNames((resolved as TrainerConfig).data.source)), // resolved by its schema
  };
}

/** Settings of a pre-training that no result depends on: the study measures and reports. */
const forTheStudy = {
  'evaluation.enabled': false,
  'report.enabled': false,
  'log.tensorboard': false,
  'checkpoint.keepLast': 1,
  'checkpoint.keepBest': 0,
};

/** This command, as a study asks it to do its jobs. */
export const m3aeProgram = (base: unknown, threads: number): RunProgram => ({
  command: [process.execPath, process.argv[1]!],
  train: 'pretrain',
  configOf: ({ name, seed, set }) =>
    configOf(base, { ...set, ...forTheStudy, name, 'train.threads': threads, seed }),
});
