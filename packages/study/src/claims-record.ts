import { existsSync } from 'node:fs';
import { readWholeJson, writeWholeJson } from '@m3ae/checkpoint/files';
import { pluralize } from '@m3ae/errors';
import { canonicalJson } from './plan.js';
import type { StudyResults } from './results-types.js';
import type { StudyClaim, StudyTable } from './schema-tables.js';
import { studyPaths } from './study-folder.js';

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
      const table = results.tables.find((one) => one.id === id);
      return [
        id,
        { claims, measuredBefore: table === undefined ? 0 : table.wanted - table.missing },
      ] as const;
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
