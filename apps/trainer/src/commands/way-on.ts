import { messageOf } from '@m3ae/errors';
import { DeviceLost } from '@m3ae/compile';
import { isDiskFull, listCheckpoints } from '@m3ae/checkpoint/files';
import { commandLine } from '@m3ae/runs';
import type { PretrainCommandOptions } from './pretrain.js';

/** Command lines of a training; how much is printed is no part of them. */
export interface TrainingLines {
  /** As the run keeps it, without `--overwrite`. */
  readonly now: string;
  /** Goes on where the run stops. */
  readonly resume: string;
  /** Begins as this one did, where nothing of it is in the folder yet. */
  readonly begin: string;
}

/**
 * The command lines of a training.
 *
 * @param ranks - How many train together; with more than one a line to be typed begins with their launcher.
 */
export function trainingLines(path: string, options: PretrainCommandOptions, ranks: number): TrainingLines {
  const { set, seed, out, resume, overwrite, allowConfigChange } = options;
  const lineOf = (how: Pick<PretrainCommandOptions, 'resume' | 'overwrite'>) =>
    commandLine(['npx', '@m3ae/trainer', 'pretrain', path], { set, seed, out, ...how, allowConfigChange });
  // A script of Slurm is submitted again instead.
  const launcher = ranks > 1 && process.env.SLURM_JOB_ID === undefined ? `mpirun -n ${ranks} ` : '';
  return {
    now: lineOf({ resume }),
    resume: launcher + lineOf({ resume: true }),
    begin: launcher + lineOf({ resume, overwrite }),
  };
}

/**
 * Adds to the error of a full disk, or of a GPU that was lost, what is safe and how to go on; any other error stays as it is.
 *
 * @param begun - Whether what is in the folder is of this run.
 */
export async function withWayOn(
  error: unknown,
  folder: string,
  lines: TrainingLines,
  begun: boolean,
): Promise<unknown> {
  const isLost = error instanceof DeviceLost;
  if (!isLost && !isDiskFull(error)) return error;
  const newest = begun ? (await listCheckpoints(folder)).at(-1) : undefined;
  const safe =
    newest === undefined
      ? 'No checkpoint was saved yet'
      : `The checkpoint of step ${newest.step} in ${folder} is whole`;
  const go = isLost ? 'Go' : 'Once there is room, go';
  const message = `${messageOf(error)} ${safe}. ${go} on with: ${begun ? lines.resume : lines.begin}`;
  return new Error(message, { cause: error });
}
