import { availableParallelism, totalmem } from 'node:os';

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
