import { type Fault, faultOf, invalidField, nearestHint, throwFaults } from '@m3ae/errors';
import { checkOptions } from '@m3ae/errors/rules';
import { studyFaults } from './cross-checks.js';
import { comparisonsOf, sidesOf, type StudyConfig, studyRule } from './schema.js';

/** A checked study with what a person asked of it. */
export interface Study extends StudyConfig {
  readonly name: string;
  /** Ids of all its tables, also of those that were left out this time. */
  readonly tableIds: readonly string[];
}

/** What is asked of a study this time. */
export interface StudyChanges {
  /** Its name where it has none. */
  readonly name?: string;
  /** Its short form. */
  readonly quick?: boolean;
  /** Ids of tables; only what they need is run. */
  readonly only?: readonly string[];
  readonly seeds?: readonly number[];
  readonly jobs?: number;
  readonly threads?: number;
  /** Settings of every run, over all others. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** What runs are called: {@link Experiment.name}. */
  readonly runName?: string;
}

/**
 * Checks a study and fills in its defaults.
 *
 * @throws InvalidInput with every fault.
 */
export function resolveStudy(input: unknown, changes: StudyChanges = {}): Study {
  const study = checkOptions(studyRule, input, { whole: 'study' });
  throwFaults(studyFaults(study, changes.runName ?? 'run'));
  const name = study.name ?? changes.name ?? 'study';
  return {
    ...changed(study, changes),
    name: changes.quick ? `${name}-quick` : name,
    tableIds: study.tables.map(({ id }) => id),
  };
}

function onlyTables(study: StudyConfig, only: readonly string[]): StudyConfig {
  const known = study.tables.map(({ id }) => id);
  const faults = only
    .filter((id) => !known.includes(id))
    .map((id): Fault => faultOf('only', 'ids of tables', id, nearestHint(id, known)));
  throwFaults(faults);
  return { ...study, tables: study.tables.filter(({ id }) => only.includes(id)) };
}

/** The short form of a study: few seeds, few tables, short runs. */
function quickStudy(study: StudyConfig): StudyConfig {
  const { quick } = study;
  if (quick === undefined) {
    const remedy = 'Write e.g. quick: { seeds: [0], set: { "train.steps": 500 } }.';
    throw invalidField('quick', 'a short form of the study, to run it', undefined, remedy);
  }
  const variants = mapValues(study.variants, (variant, name) => ({
    ...variant,
    set: { ...variant.set, ...quick.set, ...quick.variants[name]?.set },
    seeds: undefined,
  }));
  const shorter = { ...study, seeds: quick.seeds, variants };
  return quick.tables === undefined ? shorter : onlyTables(shorter, quick.tables);
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}

/** What the chosen tables ask for, and nothing else. */
function narrowed(study: StudyConfig): StudyConfig {
  const named = new Set(
    study.tables.flatMap((table) => [
      ...table.rows.map(({ variant }) => variant),
      ...comparisonsOf(table).flatMap((one) => sidesOf(one).map(({ variant }) => variant)),
    ]),
  );
  return {
    ...study,
    evaluations: mapValues(study.evaluations, (one) => ({ ...one, variants: undefined })),
    variants: Object.fromEntries(Object.entries(study.variants).filter(([name]) => named.has(name))),
  };
}

function changed(study: StudyConfig, changes: StudyChanges): StudyConfig {
  const { quick = false, only, jobs, threads, set = {} } = changes;
  const shorter = quick ? quickStudy(study) : study;
  const chosen = only === undefined ? shorter : onlyTables(shorter, only);
  const asked =
    only !== undefined || (quick && study.quick?.tables !== undefined) ? narrowed(chosen) : chosen;
  const seeds = changes.seeds && { seeds: [...changes.seeds] };
  return {
    ...asked,
    variants: mapValues(asked.variants, (variant) => ({
      ...variant,
      set: { ...study.set, ...variant.set, ...set },
      ...seeds,
    })),
    ...seeds,
    jobs: jobs ?? study.jobs,
    threads: threads ?? study.threads,
  };
}
