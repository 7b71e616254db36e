import { latestCheckpoint, readWholeJson } from '@m3ae/checkpoint/files';
import { isRecord } from '@m3ae/errors';
import { readLines } from '@m3ae/logging';
import { runPaths } from '@m3ae/runs';

/** The file that says that a run has ended; nothing where it has not, or the file is damaged. */
function finishedOf(runFolder: string): { step?: number; trainingSeconds?: number } | undefined {
  const finished = readWholeJson(runPaths(runFolder).finished);
  return isRecord(finished) ? finished : undefined;
}

/** The step at which a run ended; nothing where it has not, or nobody can tell. */
export const lastStepOf = (runFolder: string): number | undefined => finishedOf(runFolder)?.step;

/** Whether a run has ended and the checkpoint of its last step is whole. */
export async function hasLastCheckpoint(runFolder: string): Promise<boolean> {
  const last = lastStepOf(runFolder);
  return last !== undefined && (await latestCheckpoint(runFolder))?.step === last;
}

/**
 * Figures of a training that ended, from the files of its folder.
 *
 * @returns `finished` as `finished.json` has it, `minutes` of training, and the `last` line of the metrics and of the
 * validation, null where there is none; `seconds` of training.
 * @throws Error if it has not ended, or lines of its metrics are lost.
 */
export function trainingFiguresOf(runFolder: string): { figures: unknown; seconds: number } {
  const paths = runPaths(runFolder);
  const finished = finishedOf(runFolder);
  if (finished === undefined)
    throw new Error(`${paths.finished} is missing or damaged: the training did not end.`);
  const last = readLines(paths.metrics).at(-1) ?? null;
  if (last !== null && finished.step !== undefined && last.step !== finished.step) {
    throw new Error(
      `${paths.metrics} ends at step ${last.step}, and the training at ${finished.step}: lines are lost.`,
    );
  }
  const validation = readLines(paths.validation).at(-1) ?? null;
  const seconds = finished.trainingSeconds ?? 0;
  return { figures: { finished, minutes: seconds / 60, last, validation }, seconds };
}

/**
 * Refuses figures of other weights than those of the end: where these are damaged, older ones are measured.
 *
 * @param record - An evaluation as `recordEvaluation` of `@m3ae/runs` gives it.
 * @throws Error naming both steps.
 */
export function refuseOlderWeights({ run }: Readonly<Record<string, unknown>>, runFolder: string): void {
  const [measured, last] = [isRecord(run) ? run.step : undefined, lastStepOf(runFolder)];
  if (measured === undefined || last === undefined || measured === last) return;
  throw new Error(
    `The weights of step ${last} are damaged, and those of step ${String(measured)} were measured. Remove ${runFolder}, so that it is trained again.`,
  );
}
