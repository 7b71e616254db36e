import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasEnded,
  identityOf,
  type ProcessIdentity,
  readWholeJson,
  writeWholeJson,
} from '@m3ae/checkpoint/files';
import { systemErrorOf } from '@m3ae/errors';

/** Claims are folders of this name, with the identity of the process whose place is claimed behind it. */
const prefix = '.lock-taken-over';
const claimant = 'claimant.json';

const claimOf = (folder: string, { pid, started }: ProcessIdentity) =>
  join(folder, `${prefix}-${pid}-${started ?? 'unknown'}`);

/** The right to a place, which one process has. */
export interface Claim {
  /** Gives it back. */
  release(): void;
}

/**
 * Claims the place of a process of this machine that has ended, for this process alone. A process that ended while it held such a claim
 * has a place that can be claimed in turn.
 *
 * @returns Nothing where a living process has claimed it.
 */
export function claimPlaceOf(dead: ProcessIdentity, folder: string): Claim | undefined {
  const met = new Set<string>();
  for (let before = dead; ;) {
    const path = claimOf(folder, before);
    if (met.has(path)) return undefined; // a process number that came again
    met.add(path);
    if (appears(path, folder)) return { release: () => vanish(path) };
    const holder = readWholeJson(join(path, claimant)) as ProcessIdentity | undefined; // written below
    if (holder === undefined || !hasEnded(holder)) return undefined;
    before = holder;
  }
}

/** Removes all claims, which is right for whoever has become the owner: nobody can have one of this process's place. */
export function removeClaims(folder: string): void {
  const claims = readdirSync(folder).filter((name) => name.startsWith(prefix));
  for (const name of claims) vanish(join(folder, name));
}

/** Makes a claim in one piece: another process sees all of it or nothing; false where it is there already. */
function appears(path: string, folder: string): boolean {
  const draft = mkdtempSync(join(folder, `${prefix}-`));
  try {
    writeWholeJson(join(draft, claimant), identityOf(process.pid));
    renameSync(draft, path); // onto a folder that is not empty, no system does it
    return true;
  } catch (error) {
    const isRemoved = !existsSync(draft); // by a process that has become the owner meanwhile
    rmSync(draft, { recursive: true, force: true });
    const { code = '' } = systemErrorOf(error);
    if (isRemoved || ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) return false; // Windows says EPERM
    throw error;
  }
}

/** Removes a claim in one piece: an empty folder would not be in the way of another. */
function vanish(path: string): void {
  const away = `${path}-${randomUUID()}`;
  try {
    renameSync(path, away);
  } catch (error) {
    if (systemErrorOf(error).code === 'ENOENT') return; // another was faster
    throw error;
  }
  rmSync(away, { recursive: true, force: true });
}
