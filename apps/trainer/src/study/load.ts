import { basename, dirname, extname } from 'node:path';
import { isRecord, invalidField } from '@m3ae/errors';
import { resolveStudy, type Study, type StudyChanges } from '@m3ae/study';
import { findConfig } from '../config/find-config.js';
import { loadConfigFile } from '../config/load.js';

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
