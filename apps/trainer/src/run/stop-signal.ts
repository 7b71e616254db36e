/** Turns Ctrl-C and SIGTERM into a question that the loop asks between two steps, and a signal for the step. */
export interface StopSignal {
  /** Whether a first signal has come. */
  requested(): boolean;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to their default handlers. */
  release(): void;
}

/**
 * Listens to SIGINT and SIGTERM. The first asks the run to save and stop; the second ends the process at once, with exit code 130.
 *
 * @param onFirst - Called at the first signal, e.g. to tell the user.
 */
export function listenForStop(onFirst: (signal: NodeJS.Signals) => void): StopSignal {
  const stopping = new AbortController();
  const handle = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
    onFirst(signal);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    requested: () => stopping.signal.aborted,
    signal: stopping.signal,
    release() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
