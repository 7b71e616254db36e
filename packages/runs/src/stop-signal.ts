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
