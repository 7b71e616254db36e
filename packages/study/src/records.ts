import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, pluralize } from '@m3ae/errors';
import { makeFolder, readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { canonicalJson, type Settings } from './experiment.js';
import { runOf, type StudyJob, type StudyPlan } from './plan.js';
import type { StudyResults } from './results-types.js';
import type { StudyClaim, StudyTable } from './schema-tables.js';

/** Places in a study folder. What lies in `runs` is large and can be made again; the rest is worth keeping. */
export function studyPaths(folder: string) {
  return {
    /** A record for each job that is done. */
    records: join(folder, 'parts'),
    pictures: join(folder, 'pictures'),
    runs: join(folder, 'runs'),
    claims: join(folder, 'claims.json'),
    results: join(folder, 'results.json'),
    tables: join(folder, 'tables'),
    plots: join(folder, 'plots'),
    markdown: join(folder, 'results.md'),
    report: join(folder, 'report.html'),
  };
}

/** Where one job works. */
export function jobPaths(folder: string, job: StudyJob) {
  const { records, runs } = studyPaths(folder);
  const nameOf = ({ name, hash }: StudyJob) => `${name}.${hash}`;
  return {
    record: join(records, `${nameOf(job)}.json`),
    /** Begins the paths of its own files. */
    stem: join(runs, nameOf(job)),
    /** Folder of its run. */
    folder: join(runs, nameOf(runOf(job))),
  };
}

/** What a program writes into every record of what it did. */
export interface Provenance {
  /** Commit that it was built from, with `+` where files had been changed; null where nobody can tell. */
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

/** What is kept of a job that is done: enough to make every table again, without what it left in its folder. */
export interface JobRecord extends Provenance {
  /** Name of the job. */
  readonly part: string;
  /** `evaluate`, or what the experiment calls its runs. */
  readonly kind: string;
  readonly hash: string;
  readonly seed: number;
  /** The settings behind the hash. */
  readonly settings: unknown;
  /** Of a run: all settings that matter, defaults included. */
  readonly resolved?: Settings;
  /** Of an evaluation: the hash of its run. */
  readonly training?: string;
  readonly figures: unknown;
  /** Of computing, over all interruptions. */
  readonly seconds: number;
}

/** A record of which this study makes no use. */
export interface StaleRecord {
  readonly file: string;
  readonly reason: string;
}

/** The records of a study folder, sorted by whether the study as it is now wants them. */
export interface Records {
  readonly done: ReadonlyMap<string, JobRecord>;
  readonly stale: readonly StaleRecord[];
}

/** Paths at which two trees hold different values; what only one of them knows does not count. */
export function contradictions(before: unknown, now: unknown, path: readonly string[] = []): string[] {
  if (isRecord(before) && isRecord(now)) {
    const shared = Object.keys(before).filter((name) => Object.hasOwn(now, name));
    return shared.flatMap((name) => contradictions(before[name], now[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length)
    return before.flatMap((item, at) => contradictions(item, now[at], [...path, String(at)]));
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [path.join('.')];
}

/** Why a record of the same hash does not stand for the job; undefined where it does. */
function misfit(job: StudyJob | undefined, record: JobRecord): string | undefined {
  if (job === undefined) return 'asked for by nothing in the study as it is now';
  const paths = job.kind === 'run' ? contradictions(record.resolved, job.resolved) : [];
  return paths.length === 0 ? undefined : `made when the default of ${paths.join(', ')} was another`;
}

const isJobRecord = (value: unknown): value is JobRecord =>
  isRecord(value) && typeof value.hash === 'string' && 'figures' in value;

/** Reads every record of a folder. A file cut short counts as absent. */
export function readRecords(folder: string, { jobs, experiment }: StudyPlan): Records {
  const { records } = studyPaths(folder);
  const files = existsSync(records) ? readdirSync(records).filter((name) => name.endsWith('.json')) : [];
  const wanted = new Map(jobs.map((job) => [job.hash, job]));
  const done = new Map<string, JobRecord>();
  const stale: StaleRecord[] = [];
  for (const file of files.sort()) {
    const record = readWholeJson(join(records, file));
    if (!isJobRecord(record)) continue;
    const reason = misfit(wanted.get(record.hash), record);
    if (reason === undefined)
      done.set(record.hash, { ...record, figures: experiment.readFigures(record.figures) });
    else stale.push({ file, reason });
  }
  return { done, stale };
}

/** Says that a job is done, whole or not at all. */
export function writeRecord(folder: string, job: StudyJob, record: JobRecord): void {
  makeFolder(studyPaths(folder).records);
  writeWholeJson(jobPaths(folder, job).record, record);
}

/** Claims as they stood when the study first ran with them. */
export type ClaimsRecord = Readonly<
  Record<string, { readonly claims: readonly StudyClaim[]; readonly measuredBefore: number }>
>;

/** Reads when the claims were made; empty where the study has not run yet. */
export function readClaims(folder: string): ClaimsRecord {
  return (readWholeJson(studyPaths(folder).claims) as ClaimsRecord | undefined) ?? {}; // written by recordClaims
}

/**
 * Writes the claims of each table down before its first run, so that nobody fits them to what came out.
 *
 * @param results - Of what is done already.
 */
export function recordClaims(folder: string, tables: readonly StudyTable[], results: StudyResults): void {
  const before = readClaims(folder);
  const added = tables
    .filter(({ id, claims }) => claims.length > 0 && before[id] === undefined)
    .map(({ id, claims }) => {
      const { wanted, missing } = results.tables.find((one) => one.id === id)!;
      return [id, { claims, measuredBefore: wanted - missing }] as const;
    });
  const path = studyPaths(folder).claims;
  if (added.length > 0 || !existsSync(path))
    writeWholeJson(path, { ...before, ...Object.fromEntries(added) });
}

/** What a reader must know about when the claims of a table were made; null where they came first. */
export function claimsNote({ id, claims }: StudyTable, record: ClaimsRecord): string | null {
  const first = record[id];
  if (first === undefined || claims.length === 0) return null;
  if (canonicalJson(first.claims) !== canonicalJson(claims)) {
    return 'These claims were changed after the study had begun.';
  }
  return first.measuredBefore === 0
    ? null
    : `These claims were written down when ${pluralize(first.measuredBefore, 'value')} had been measured.`;
}
