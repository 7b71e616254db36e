import { basename, dirname, extname } from 'node:path';
import { InputError } from '../config/config-error.js';
import { findConfig } from '../config/find-config.js';
import { loadConfigFile } from '../config/load.js';
import { suggest } from '../config/nearest-name.js';
import { comparisonsOf, sidesOf } from './claims.js';
import { studyFaults } from './cross-checks.js';
import { studySchema, type StudyConfig } from './schema.js';

/** A checked study, with the config that all variants share. */
export interface Study extends StudyConfig {
  readonly name: string;
  /** What the base config file holds, unchecked. */
  readonly baseInput: unknown;
  /** Ids of all tables of the file, also of those that the command line left out. */
  readonly tableIds: readonly string[];
}

/** What a command line changes in a study. */
export interface StudyChanges {
  readonly quick?: boolean;
  readonly only?: readonly string[];
  readonly seeds?: readonly number[];
  readonly jobs?: number;
  readonly threads?: number;
  /** Settings of every pre-training, over all others. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** Checks a study config; every fault is told at once. */
export function resolveStudy(input: unknown): StudyConfig {
  const result = studySchema.safeParse(input);
  if (result.success) {
    const faults = studyFaults(result.data);
    if (faults.length > 0) throw new InputError(faults);
    return result.data;
  }
  throw new InputError(
    result.error.issues.flatMap((issue) => {
      const path = issue.path.map(String);
      if (issue.code === 'unrecognized_keys') {
        return issue.message.split('\n').map((line) => [...path, line].join('.'));
      }
      if (issue.code === 'invalid_key') {
        return issue.issues.map((inner) => `The name ${path.join('.')} ${inner.message}`);
      }
      return [`${path.length === 0 ? 'The study' : path.join('.')} ${issue.message}`];
    }),
  );
}

function onlyTables(study: StudyConfig, only: readonly string[]): StudyConfig {
  const known = study.tables.map(({ id }) => id);
  const faults = only
    .filter((id) => !known.includes(id))
    .map((id) => `--only must be ids of tables; received "${id}". ${suggest(id, known)}`);
  if (faults.length > 0) throw new InputError(faults);
  return { ...study, tables: study.tables.filter(({ id }) => only.includes(id)) };
}

/** The short form of a study: few seeds, few tables, short runs. */
function quickStudy(study: StudyConfig): StudyConfig {
  const { quick } = study;
  if (quick === undefined) {
    throw new InputError([
      '--quick must have a short form to run; the config has no quick. Write quick: { seeds: [0], set: { "train.steps": 500 } }.',
    ]);
  }
  const variants = Object.entries(study.variants).map(([name, variant]) => {
    const set = { ...variant.set, ...quick.set, ...quick.variants[name]?.set };
    return [name, { ...variant, set, seeds: undefined }] as const;
  });
  const shorter = { ...study, seeds: quick.seeds, variants: Object.fromEntries(variants) };
  return quick.tables === undefined ? shorter : onlyTables(shorter, quick.tables);
}

/** Variants that the tables and evaluations left over still ask for. */
function usedVariants({ tables, evaluations, variants }: StudyConfig): StudyConfig['variants'] {
  const named = new Set([
    ...tables.flatMap((table) => [
      ...table.rows.map(({ variant }) => variant),
      ...comparisonsOf(table).flatMap((one) => sidesOf(one).map(({ variant }) => variant)),
    ]),
    ...Object.values(evaluations).flatMap((evaluation) => evaluation.variants ?? []),
  ]);
  return Object.fromEntries(Object.entries(variants).filter(([name]) => named.has(name)));
}

/** Applies what the command line asks for. */
export function changeStudy(study: StudyConfig, changes: StudyChanges): StudyConfig {
  const { quick = false, only, seeds, jobs, threads, set = {} } = changes;
  const shorter = quick ? quickStudy(study) : study;
  const chosen = only === undefined ? shorter : onlyTables(shorter, only);
  const narrowed = only !== undefined || (quick && study.quick?.tables !== undefined);
  const asked = narrowed
    ? {
        ...chosen,
        // What no chosen table asks for is not run.
        evaluations: Object.fromEntries(
          Object.entries(chosen.evaluations).map(([name, one]) => [name, { ...one, variants: undefined }]),
        ),
      }
    : chosen;
  const variants = narrowed ? usedVariants(asked) : asked.variants;
  return {
    ...asked,
    variants: Object.fromEntries(
      Object.entries(variants).map(([name, variant]) => [
        name,
        {
          ...variant,
          set: { ...study.set, ...variant.set, ...set },
          ...(seeds !== undefined && { seeds: [...seeds] }),
        },
      ]),
    ),
    ...(seeds !== undefined && { seeds: [...seeds] }),
    jobs: jobs ?? study.jobs,
    threads: threads ?? study.threads,
  };
}

/**
 * Reads a study config, a file or a preset, and the base config that it names: a preset, or a file relative to the study's.
 */
export async function loadStudy(path: string, changes: StudyChanges = {}): Promise<Study> {
  const file = findConfig(path);
  const whole = resolveStudy(await loadConfigFile(file));
  const study = changeStudy(whole, changes);
  const { base } = study;
  const baseInput = typeof base === 'string' ? await loadConfigFile(base, dirname(file)) : base;
  const name = study.name ?? basename(file, extname(file));
  const tableIds = whole.tables.map(({ id }) => id);
  return { ...study, name: changes.quick ? `${name}-quick` : name, baseInput, tableIds };
}
