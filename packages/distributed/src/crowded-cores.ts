import { cpus } from 'node:os';

/** Ranks that a launcher says it started on this machine. */
function ranksHere({
  OMPI_COMM_WORLD_LOCAL_SIZE,
  MPI_LOCALNRANKS,
  SLURM_NTASKS_PER_NODE,
}: NodeJS.ProcessEnv): number {
  return Number(OMPI_COMM_WORLD_LOCAL_SIZE ?? MPI_LOCALNRANKS ?? SLURM_NTASKS_PER_NODE ?? 1);
}

/** What {@link crowdedCores} is told. */
export interface CrowdedCoresOptions {
  /** Threads of each rank; left out, one a core. */
  readonly threads?: number;
  /** What the option is called where a person sets it. Default `threads`. */
  readonly setting?: string;
  /** Where launchers of Open MPI, MPICH and Slurm say how many ranks are here. Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Cores of this machine; by default those that it has. */
  readonly cores?: number;
}

/**
 * A warning where the threads of all ranks on this machine are more than its cores.
 *
 * @returns A sentence or two, or nothing.
 *
 * @example
 * ```ts
 * crowdedCores({ threads: 4, environment: { MPI_LOCALNRANKS: '4' }, cores: 8 }); // '4 ranks with 4 threads each share the 8 cores …'
 * ```
 */
export function crowdedCores({
  threads,
  setting = 'threads',
  environment = process.env,
  cores = cpus().length,
}: CrowdedCoresOptions = {}): string | undefined {
  const ranks = ranksHere(environment);
  const each = threads ?? cores;
  if (ranks === 1 || ranks * each <= cores) return undefined;
  const fitting = Math.max(1, Math.floor(cores / ranks));
  return (
    `${ranks} ranks with ${each} threads each share the ${cores} cores of this machine, which slows all of them. ` +
    (each > fitting
      ? `Set ${setting} to ${fitting}.`
      : `Start at most ${Math.floor(cores / each)} ranks on it.`)
  );
}
