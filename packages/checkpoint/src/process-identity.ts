import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process among all that ever ran on one machine. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, where the system tells; a reused pid has another. */
  readonly started: string | null;
}

/** Start time of a process by Linux's /proc, or null elsewhere or when it is gone. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null; // field 22; the name may hold spaces
  } catch {
    return null;
  }
}

/** Identity of a living process of this machine. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, host: hostname(), started: startOf(pid) };
}

/** Whether a process on this machine has surely ended; false where nobody can tell. */
export function hasEnded({ pid, host, started }: ProcessIdentity): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(pid);
  return started !== null && now !== null && now !== started;
}
