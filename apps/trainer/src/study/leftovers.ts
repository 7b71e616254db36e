import { setTimeout as sleep } from 'node:timers/promises';
import { writeJson } from '../run/whole-files.js';
import { hasEnded, identityOf, type ProcessIdentity } from '../run/process-identity.js';
import { readJson, studyPaths } from './study-folder.js';

/** Writes down which processes the study has started, for the case that it is killed. */
export function noteChildren(folder: string, pids: readonly number[]): void {
  writeJson(studyPaths(folder).children, pids.map(identityOf));
}

function signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}

/**
 * Ends processes that a killed study left running, so that none of them still holds a run folder. Only a process
 * that is surely the same one (number and start time) is touched.
 *
 * @param patience - Seconds they have to save.
 * @returns How many there were.
 */
export async function endLeftovers(folder: string, patience = 30): Promise<number> {
  const noted = readJson(studyPaths(folder).children);
  const known = Array.isArray(noted) ? (noted as ProcessIdentity[]) : [];
  const living = known.filter(
    (one) => one.started !== null && one.host === identityOf(process.pid).host && !hasEnded(one),
  );
  living.forEach((one) => signal(one, 'SIGTERM'));
  for (let waited = 0; waited < patience && living.some((one) => !hasEnded(one)); waited += 0.1) {
    await sleep(100);
  }
  living.filter((one) => !hasEnded(one)).forEach((one) => signal(one, 'SIGKILL'));
  noteChildren(folder, []);
  return living.length;
}
