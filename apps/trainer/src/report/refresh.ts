import { existsSync } from 'node:fs';
import { readRunRecord, runName, runPaths, type RunRecord, fromEarlier, inTodaysWords } from '@m3ae/runs';
import { writeRunReport } from '@m3ae/runs/results';
import { methodName, modelOf } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { resolveConfig } from '../config/resolve.js';
import { sampleSpecs } from '../config/samples.js';
import { warnOnStderr } from '../console.js';

/** Who made the built-in data that a config uses. */
export function licensesOf({ data: { source, extra, unpairedText } }: TrainerConfig) {
  return sampleSpecs?.sampleCredits([source, ...extra, ...(unpairedText ? [unpairedText] : [])]) ?? [];
}

/**
 * Writes report.html anew, with a section for each evaluation that the run folder holds.
 *
 * @param record - What the run was made with, where it is known; else config.json says it.
 * @returns Its path, or nothing where the config wants no report and there is none.
 */
export async function refreshReport(
  folder: string,
  { report: { enabled } }: Pick<TrainerConfig, 'report'>,
  record: RunRecord<TrainerConfig> | undefined = readRunRecord<TrainerConfig>(folder),
): Promise<string | undefined> {
  if (record === undefined || (!enabled && !existsSync(runPaths(folder).report))) return undefined;
  const config = resolveConfig(fromEarlier(record.config));
  const { method, seed, image, report, train } = config;
  const { short, long } = methodName(method);
  return writeRunReport(folder, {
    record,
    title: report.title ?? `${short}: ${runName(folder)}`,
    subtitle: `${long}, seed ${seed}, ${image.size} pixels, patches of ${image.patchSize}; ${record.versions.cpu}.`,
    method: short,
    batchSize: train.batchSize,
    model: modelOf(config, record.data),
    licenses: licensesOf(config),
    upgrade: inTodaysWords,
    warn: warnOnStderr,
  });
}
