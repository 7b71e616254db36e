import { commandLine } from '@m3ae/runs';

export interface PretrainCommandOptions {
  readonly set: string[];
  readonly seed?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly allowConfigChange?: boolean;
  readonly allowLostLines?: boolean;
  /** False for `--no-cache`. */
  readonly cache?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Command lines of a training; how much is printed is no part of them. */
export interface TrainingLines {
  /** As the run keeps it, without `--overwrite`. */
  readonly now: string;
  /** Goes on where the run stops. */
  readonly resume: string;
  /** Begins as this one did, where nothing of it is in the folder yet. */
  readonly begin: string;
}

/** The command lines of a training; with several ranks a line to be typed begins with their launcher. */
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
