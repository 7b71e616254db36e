import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  explainWriteError,
  hasEnded,
  identityOf,
  type ProcessIdentity,
  readWholeJson,
  writeWholeJson,
} from '@m3ae/checkpoint/files';
import { invalidField, systemErrorOf } from '@m3ae/errors';
import { lock } from 'proper-lockfile';
import { claimPlaceOf, removeClaims } from './claims.js';

/** A step of a large model blocks the thread that refreshes the lock, so a lock of another machine counts as stale late. */
const staleMilliseconds = 10 * 60_000;

/** How a process waits for a folder that another uses. */
export interface LockOptions {
  /**
   * Seconds that a process on this machine is given to end before the folder counts as in use. A launcher may return before all of its
   * ranks have ended.
   *
   * @defaultValue 0
   */
  readonly patience?: number;
}

function ownerOf(path: string): ProcessIdentity | undefined {
  return readWholeJson(path) as ProcessIdentity | undefined; // written by lockRunFolder
}

const wordsOf = ({ pid, host }: ProcessIdentity) => `process ${pid} on ${host}`;

/**
 * Takes a run folder for this process alone.
 *
 * The lock of a process that was killed on this machine is taken over at once, by one of those that ask at the same moment; that of
 * another machine after ten minutes of silence.
 *
 * @param folder - An existing folder.
 * @returns Gives the folder back. Where another process took it over meanwhile, this one ends with an error that nobody can catch, and leaves
 * it the folder.
 * @throws InvalidInput if a living process uses the folder.
 */
export async function lockRunFolder(
  folder: string,
  { patience = 0 }: LockOptions = {},
): Promise<() => Promise<void>> {
  const ownerPath = join(folder, 'lock.json');
  const lockPath = join(folder, '.lock');
  let isLost = false;
  const take = async () => {
    const release = await lock(folder, {
      lockfilePath: lockPath,
      stale: staleMilliseconds,
      update: 30_000,
      onCompromised(error) {
        const owner = ownerOf(ownerPath);
        // Two processes must not write into one folder. That somebody removed the lock is no reason to throw hours of training away.
        if (owner !== undefined && !isDeepStrictEqual(owner, identityOf(process.pid))) {
          const taken = `${folder} was taken over by ${wordsOf(owner)}, as this process was silent for ten minutes.`;
          throw new Error(taken, { cause: error });
        }
        isLost = true;
      },
    });
    try {
      writeWholeJson(ownerPath, identityOf(process.pid));
    } catch (error) {
      await release();
      throw error;
    }
    return release;
  };
  let release: () => Promise<void>;
  try {
    await ending(ownerPath, patience);
    const dead = deadOwner(ownerPath);
    release = dead ? await takeOver(folder, dead, { ownerPath, lockPath }, take) : await take();
  } catch (error) {
    if (systemErrorOf(error).code !== 'ELOCKED') throw explainWriteError(error, folder);
    const owner = ownerOf(ownerPath);
    const user = owner === undefined || hasEnded(owner) ? 'another process' : wordsOf(owner);
    const received = `${folder}, in use by ${user}`;
    throw invalidField('The run folder', 'free', received, 'Wait for it to end, or choose another folder.');
  }
  return async () => {
    if (isLost) return; // the folder may be another's by now
    rmSync(ownerPath, { force: true });
    await release();
  };
}

/** The process of this machine that a file names, where it has ended without giving its folder back. */
function deadOwner(ownerPath: string): ProcessIdentity | undefined {
  const owner = ownerOf(ownerPath);
  return owner !== undefined && hasEnded(owner) ? owner : undefined;
}

/**
 * Takes the folder of a process that has ended; one process at a time, as a second would remove the lock that the first has just taken.
 *
 * @throws Error with the code `ELOCKED` where another is about to, or was faster.
 */
async function takeOver<Taken>(
  folder: string,
  dead: ProcessIdentity,
  { ownerPath, lockPath }: { readonly ownerPath: string; readonly lockPath: string },
  take: () => Promise<Taken>,
): Promise<Taken> {
  const claim = claimPlaceOf(dead, folder);
  if (claim === undefined) throw lockedByAnother();
  try {
    if (!isDeepStrictEqual(ownerOf(ownerPath), dead)) throw lockedByAnother();
    rmSync(lockPath, { recursive: true, force: true });
    const taken = await take();
    removeClaims(folder);
    return taken;
  } catch (error) {
    claim.release();
    throw error;
  }
}

const lockedByAnother = () => Object.assign(new Error('another process was faster'), { code: 'ELOCKED' });

/** Resolves once the process that a file names has ended, given its place up, or outlasted the patience. */
async function ending(ownerPath: string, patience: number): Promise<void> {
  const rounds = Math.ceil(patience * 20);
  for (let round = 0; round < rounds; round++) {
    const owner = ownerOf(ownerPath);
    if (owner === undefined || owner.host !== hostname() || hasEnded(owner)) return;
    await pause(50);
  }
}
