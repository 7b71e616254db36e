import { countElements, type NdArray, type Tree } from '@m3ae/tree';
import { readSealed, writeSealed } from '@m3ae/checkpoint/files';
import { runPaths } from '@m3ae/runs';
import type { Sources } from '../run/sources.js';
import type { RunReport } from '@m3ae/report';

/** What the report tells and no other file of the run folder holds. */
export interface ReportFacts {
  readonly step: number;
  readonly parameters: number;
  readonly parts: RunReport['parts'];
  /** Why nothing was classified; null where something was, or may be. */
  readonly evaluationNote: string | null;
}

/** Gathers the facts of a run. */
export function reportFacts(
  { train, validation, tests, unpairedText }: Sources,
  params: Tree<NdArray>,
  step: number,
  evaluationNote: string | null,
): ReportFacts {
  const parts = [train, validation, ...tests, unpairedText].filter((part) => part !== null);
  return {
    step,
    parameters: countElements(params),
    parts: parts.map(({ title, note, indices }) => ({ name: title, note, length: indices.length })),
    evaluationNote,
  };
}

/** Keeps the facts beside the run's logs. */
export function writeFacts(folder: string, facts: ReportFacts): void {
  writeSealed(runPaths(folder).facts, facts);
}

/**
 * Reads the facts; nothing where the run has none yet.
 *
 * @throws InvalidInput if the file is damaged.
 */
export function readFacts(folder: string): ReportFacts | undefined {
  return readSealed(runPaths(folder).facts) as ReportFacts | undefined;
}
