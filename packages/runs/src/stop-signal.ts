import { isDiskFull, listCheckpoints } from '@m3ae/checkpoint/files';
import { DeviceLost } from '@m3ae/compile';
import { messageOf } from '@m3ae/errors';

/** Turns Ctrl-C and SIGTERM into an abort signal. */
export interface StopSignal {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal;
  /** Gives the signals back to their default handlers. */
  release(): void;
}

/**
 * Listens to SIGINT and SIGTERM. The first asks the run to save and stop; the second ends the process at once, with exit code 130.
 *
 * Under `mpirun` of Open MPI it listens to SIGCONT too. When that launcher is interrupted, it sends SIGCONT at once, SIGTERM after
 * `odls_base_sigkill_timeout` seconds (by default 1) and SIGKILL after as many again, so the first leaves the most time to save.
 *
 * @param onFirst - Called at the first signal, e.g. to tell the user.
 */
export function listenForStop(
  onFirst: (signal: NodeJS.Signals) => void,
  environment: NodeJS.ProcessEnv = process.env,
): StopSignal {
  const stopping = new AbortController();
  let handled = false;
  const ask = (signal: NodeJS.Signals) => {
    if (!stopping.signal.aborted) onFirst(signal);
    stopping.abort();
  };
  const handle = (signal: NodeJS.Signals) => {
    if (handled) process.exit(130);
    handled = true;
    ask(signal);
  };
  const early = environment.OMPI_COMM_WORLD_RANK === undefined ? [] : (['SIGCONT'] as const);
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  early.forEach((signal) => process.on(signal, ask));
  return {
    signal: stopping.signal,
    release() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
      early.forEach((signal) => process.off(signal, ask));
    },
  };
}

/**
 * The error of a full disk, or of a GPU that was lost, with what is safe and how to go on; any other error as it is.
 *
 * @param command - What goes on with the run, or begins it.
 * @param begun - Whether what is in the folder is of this run.
 * @returns The error to throw.
 */
export async function withWayOn(
  error: unknown,
  folder: string,
  command: string,
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
  return new Error(`${messageOf(error)} ${safe}. ${go} on with: ${command}`, { cause: error });
}
