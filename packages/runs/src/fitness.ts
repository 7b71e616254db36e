import { availableParallelism, totalmem } from 'node:os';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { invalidField } from '@m3ae/errors';

/** Bytes that this process may use: those of the machine, or of the container that it runs in. */
export function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** What {@link crowdedReplicas} is told. */
export interface CrowdedReplicasOptions {
  /** Replicas of the step that compute at a time. */
  readonly replicas: number;
  /** Threads of each. Default 1. */
  readonly threads?: number;
  /** Put before the names of options, e.g. `train.`. Default none. */
  readonly prefix?: string;
  /** Cores of this machine; by default those that it has. */
  readonly cores?: number;
  /** Calls into libraries that Node runs at a time, reads of files among them; by default those of this process. */
  readonly pool?: number;
}

/**
 * Warnings where replicas of a step get in each other's way.
 *
 * @example
 * ```ts
 * crowdedReplicas({ replicas: 4, threads: 4, cores: 8 }); // ['4 replicas with 4 threads each share the 8 cores …', …]
 * ```
 */
export function crowdedReplicas({
  replicas,
  threads = 1,
  prefix = '',
  cores = availableParallelism(),
  pool = Number(process.env.UV_THREADPOOL_SIZE ?? 4),
}: CrowdedReplicasOptions): string[] {
  if (replicas === 1) return [];
  const busy = `${replicas} replicas with ${threads} threads each share the ${cores} cores of this machine, which slows all of them.`;
  const fewer = `Set ${prefix}replicas to ${Math.max(1, Math.floor(cores / threads))}, or lower ${prefix}threads.`;
  return [
    ...(replicas * threads > cores ? [`${busy} ${fewer}`] : []),
    ...(replicas >= pool
      ? [
          `Node runs ${pool} calls into libraries at a time, so some of ${replicas} replicas wait. Start with the environment variable UV_THREADPOOL_SIZE=${replicas + 4}.`,
        ]
      : []),
  ];
}

/** Where a path leads, whatever links are on its way; what is not there yet lies in the nearest folder that is. */
function realPlace(path: string): string {
  const whole = resolve(path);
  const parent = dirname(whole);
  if (existsSync(whole) || parent === whole) return realpathSync(whole);
  return join(realPlace(parent), basename(whole));
}

/** A folder whose files are read. */
export interface ReadFolder {
  readonly path: string;
  /** Whether links in it are followed. Default false. */
  readonly followLinks?: boolean;
}

/**
 * Refuses a folder to write into that lies in one that is read: what is written would be data the next time.
 *
 * @param folder - It need not be there yet.
 * @param words - What the option is called, and what to do instead.
 * @throws InvalidInput
 *
 * @example
 * ```ts
 * requireOutsideOf('photos/run', [{ path: 'photos' }]); // folder must be outside of photos, whose pictures are read …
 * ```
 */
export function requireOutsideOf(
  folder: string,
  folders: readonly ReadFolder[],
  { path: option = 'folder', remedy = 'Choose another folder.' } = {},
): void {
  const isWithin = (path: string, place: string) => {
    const way = relative(path, place);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const place = realPlace(folder);
  const around = folders.find(
    ({ path, followLinks = false }) =>
      isWithin(realPlace(path), place) || (followLinks && isWithin(path, folder)),
  );
  if (around === undefined) return;
  throw invalidField(option, `outside of ${around.path}, whose pictures are read`, folder, remedy);
}
