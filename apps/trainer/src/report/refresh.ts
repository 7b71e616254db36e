import { existsSync } from 'node:fs';
import { writeWhole } from '@m3ae/checkpoint/files';
import { runPage } from '@m3ae/report';
import { runPaths, type RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { reportData } from './report-data.js';

/**
 * Writes report.html anew, with a section for each evaluation that the run folder holds.
 *
 * @param record - What the run was made with, where it is known; else config.json says it.
 * @returns Its path, or nothing where the config wants no report and there is none.
 */
export async function refreshReport(
  folder: string,
  { report }: Pick<TrainerConfig, 'report'>,
  record?: RunRecord<TrainerConfig>,
): Promise<string | undefined> {
  const path = runPaths(folder).report;
  if (!report.enabled && !existsSync(path)) return undefined;
  const data = reportData(folder, record);
  if (data === undefined) return undefined;
  writeWhole(path, await runPage(data));
  return path;
}
