import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import { writeJson } from '../run/whole-files.js';
import type { Versions } from '../run/versions.js';
import type { StudyPart } from './plan.js';
import { partPaths, readJson, studyPaths } from './study-folder.js';

/** What is kept of a part that is done: enough to make every table again, without its checkpoint. */
export interface PartRecord {
  readonly part: string;
  readonly kind: StudyPart['kind'];
  readonly hash: string;
  readonly seed: number;
  /** The settings behind the hash. */
  readonly settings: unknown;
  /** Of a pre-training: all settings that matter, defaults included. */
  readonly resolved?: unknown;
  /** Of an evaluation: the hash of its pre-training. */
  readonly training?: string;
  readonly figures: unknown;
  /** Of computing, over all interruptions. */
  readonly seconds: number;
  /** Commit of the program where it ran from a checkout, with `+` where files had been changed. */
  readonly commit: string | null;
  readonly versions: Versions;
}

/** A record of which this study makes no use. */
export interface StaleRecord {
  readonly file: string;
  readonly record: PartRecord;
  readonly reason: string;
}

/** The records of a study folder, sorted by whether the study as it is now wants them. */
export interface Records {
  readonly done: ReadonlyMap<string, PartRecord>;
  readonly stale: readonly StaleRecord[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Paths at which two trees hold different values; what only one of them knows does not count. */
export function contradictions(before: unknown, now: unknown, path = ''): string[] {
  if (isRecord(before) && isRecord(now)) {
    return Object.keys(before)
      .filter((name) => Object.hasOwn(now, name))
      .flatMap((name) => contradictions(before[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length) {
    return before.flatMap((item, at) => contradictions(item, now[at], `${path}.${at}`));
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [path];
}

/** Why a record of the same hash does not stand for the part; undefined where it does. */
function misfit(part: StudyPart, record: PartRecord): string | undefined {
  if (part.kind !== 'pretrain') return undefined;
  const paths = contradictions(record.resolved, part.resolved);
  return paths.length === 0 ? undefined : `made when the default of ${paths.join(', ')} was another`;
}

function isPartRecord(value: unknown): value is PartRecord {
  return isRecord(value) && typeof value.hash === 'string' && 'figures' in value;
}

/** Reads every record of a folder. A file cut short counts as absent. */
export function readRecords(folder: string, parts: readonly StudyPart[]): Records {
  const place = studyPaths(folder).parts;
  const files = existsSync(place)
    ? readdirSync(place)
        .filter((name) => name.endsWith('.json'))
        .sort()
    : [];
  const wanted = new Map(parts.map((part) => [part.hash, part]));
  const done = new Map<string, PartRecord>();
  const stale: StaleRecord[] = [];
  for (const file of files) {
    const record = readJson(join(place, file));
    if (!isPartRecord(record)) continue;
    const part = wanted.get(record.hash);
    const reason =
      part === undefined ? 'asked for by nothing in the study as it is now' : misfit(part, record);
    if (reason === undefined) done.set(record.hash, record);
    else stale.push({ file, record, reason });
  }
  return { done, stale };
}

/** Says that a part is done, whole or not at all. */
export function writeRecord(folder: string, part: StudyPart, record: PartRecord): void {
  const { done } = partPaths(folder, part);
  makeFolder(dirname(done));
  writeJson(done, record);
}
