import { existsSync } from 'node:fs';
import type { TrainerConfig } from '../config/schema.js';
import { runPaths, writeWhole } from '../run/run-folder.js';
import { reportPage } from './page.js';
import { reportData } from './report-data.js';

/**
 * Writes report.html anew, with a section for each evaluation that the run folder holds.
 *
 * @returns Its path, or nothing where the config wants no report and there is none.
 */
export async function refreshReport(
  folder: string,
  { report }: Pick<TrainerConfig, 'report'>,
): Promise<string | undefined> {
  const path = runPaths(folder).report;
  if (!report.enabled && !existsSync(path)) return undefined;
  const data = reportData(folder);
  if (data === undefined) return undefined;
  writeWhole(path, await reportPage(data));
  return path;
}
