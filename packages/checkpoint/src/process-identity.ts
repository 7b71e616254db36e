import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemErrorOf } from '@m3ae/errors';

/** Names one process among all that ever ran on one machine. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, where the system tells; a reused pid has another. */
  readonly started: string | null;
}

/** State and start time of a process by Linux's /proc; nothing elsewhere or when it is gone. */
function statusOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on; the name before may hold spaces
    return { state: fields[0]!, started: fields[19]! };
  } catch {
    return undefined;
  }
}

/** Identity of a living process of this machine. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, host: hostname(), started: statusOf(pid)?.started ?? null };
}

/** Whether a process on this machine has surely ended; false where nobody can tell. */
export function hasEnded({ pid, host, started }: ProcessIdentity): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0); // signal 0 only asks
  } catch (error) {
    return systemErrorOf(error).code === 'ESRCH';
  }
  const now = statusOf(pid);
  if (now === undefined) return false;
  const isZombie = now.state === 'Z'; // it has ended, and its parent has not asked about it
  return isZombie || (started !== null && now.started !== started);
}
