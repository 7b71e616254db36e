import { isRecord } from '@m3ae/errors';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import type { Settings } from './experiment.js';
import type { StudyJob, StudyPlan } from './plan.js';
import { jobPaths, studyPaths } from './study-folder.js';

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
