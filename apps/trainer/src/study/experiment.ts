import { basename, dirname, extname } from 'node:path';
import { latestCheckpoint } from '@m3ae/checkpoint/files';
import { invalidField, isRecord } from '@m3ae/errors';
import {
  canonicalJson,
  type Experiment,
  type JobRunner,
  resolveStudy,
  type Study,
  type StudyChanges,
} from '@m3ae/study';
import { inTodaysWords } from '../config/earlier-words.js';
import { findConfig, loadConfigFile } from '../config/load.js';
import { shapeOfJob } from './result-shapes.js';
import { lastStepOf } from './run-jobs.js';
import { configOf, decisiveSettings, identifyingSettings } from './settings.js';

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
  if (typeof study.base !== 'string' && !isRecord(study.base))
    throw invalidField(
      'base',
      'a config file, a preset or a config',
      study.base,
      'Write e.g. base: "emoji-tiny".',
    );
  const base = typeof study.base === 'string' ? await loadConfigFile(study.base, folder) : study.base;
  return { study, base };
}

/** Reads a study config, a file or a preset, and the base config that it names: a preset, or a file relative to the study's. */
export async function loadStudy(path: string, changes: StudyChanges = {}): Promise<LoadedStudy> {
  const file = findConfig(path);
  const name = basename(file, extname(file));
  return resolveM3aeStudy(await loadConfigFile(file), { name, ...changes }, dirname(file));
}

type Resolved = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Pre-trainings of this package, and the commands that evaluate them, as a study repeats them. */
export function m3aeExperiment(base: unknown, runJob: JobRunner): Experiment {
  return {
    name: 'pretrain',
    runJob,
    settle(set) {
      const config = configOf(base, { ...set, seed: 0 });
      return { identity: identifyingSettings(config), resolved: decisiveSettings(config) };
    },
    async hasRun(folder) {
      const last = lastStepOf(folder);
      return last !== undefined && (await latestCheckpoint(folder))?.step === last;
    },
    workOf(resolved) {
      // What the time of a step depends on.
      const { method, image, text, model, train } = resolved as Resolved;
      const steps = train?.steps;
      if (typeof steps !== 'number') return undefined;
      return { kind: canonicalJson([method, image, text, model, train?.batchSize]), amount: steps };
    },
    readFigures: inTodaysWords,
    shapeOf: shapeOfJob,
  };
}
