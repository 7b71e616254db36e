import type { Request } from './calls.js';

/** An operation that is waited for. */
export interface Operation {
  /** Counted from 0; the same operation has the same number on every rank. */
  readonly number: number;
  readonly name: string;
  /** Seconds on the clock of {@link pendingOperations}. */
  readonly since: number;
}

/** Operations under way, which are moved on between turns of the event loop. */
export interface PendingOperations {
  /** Begins an operation and resolves when it is done. */
  run(name: string, start: () => Request): Promise<void>;
  /** Number of operations begun so far. */
  begun(): number;
  /** Rejects all that are under way and all that will be begun. */
  abandon(error: Error): void;
}

interface Entry extends Operation {
  readonly request: Request;
  resolve(): void;
  reject(error: unknown): void;
}

/** Longest time, in ms, that moving bytes keeps the event loop. */
const turn = 1;

/** A round of tests below this, in ms, moved nothing: there is no work at hand. */
const idleRound = 0.01;

/** Idle rounds after which to sleep between rounds instead of only letting others run. */
const idleRounds = 200;

/**
 * MPI moves bytes only while it is called. So pending operations are tested in short turns, with the event loop free between
 * them: at once again while there is work, and after a while without any, a millisecond apart, which leaves the core to
 * the engine.
 *
 * @param clock - Seconds from any origin.
 * @param watch - Called between rounds while anything is pending: looks for notes and overdue operations.
 */
export function pendingOperations(
  clock: () => number,
  watch: (oldest: Operation) => void,
): PendingOperations {
  const entries = new Set<Entry>();
  let begun = 0;
  let abandoned: Error | undefined;
  let scheduled = false;
  let idle = 0;
  const testAll = () => {
    for (const entry of entries) {
      try {
        if (!entry.request.test()) continue;
        entry.resolve();
      } catch (error) {
        entry.reject(error);
      }
      entries.delete(entry);
      idle = 0;
    }
  };
  const round = () => {
    scheduled = false;
    if (abandoned !== undefined) return;
    const started = performance.now();
    for (let before = started; ;) {
      testAll();
      const now = performance.now();
      const moved = now - before > idleRound;
      idle = moved ? 0 : idle + 1;
      if (!moved || now - started > turn || entries.size === 0) break;
      before = now;
    }
    const oldest: Operation | undefined = entries.values().next().value;
    if (oldest !== undefined) watch(oldest);
    schedule();
  };
  const schedule = () => {
    if (scheduled || abandoned !== undefined || entries.size === 0) return;
    scheduled = true;
    if (idle > idleRounds) setTimeout(round, 1);
    else setImmediate(round);
  };
  return {
    run(name, start) {
      const number = begun++;
      if (abandoned !== undefined) return Promise.reject(abandoned);
      return new Promise<void>((resolve, reject) => {
        entries.add({ number, name, since: clock(), request: start(), resolve, reject });
        idle = 0;
        schedule();
      });
    },
    begun: () => begun,
    abandon(error) {
      abandoned ??= error;
      // They are kept until the process ends: MPI, which still looks for notes, may read and write their arrays.
      for (const entry of entries) entry.reject(error);
    },
  };
}
