import { cpus } from 'node:os';
import {
  type BatchPeers,
  broadcastText,
  type CommonStop,
  type Communicator,
  createBatchPeers,
  gatherValues,
  RankFailed,
  requireAgreement,
} from '@m3ae/distributed';
import { connectMpi } from '@m3ae/distributed/mpi';
import type { EvaluationPeers } from '@m3ae/evaluation';
import { flattenTree, type NdArray } from '@m3ae/tree';
import type { Snapshot } from '@m3ae/training';
import type { RunRecord } from '@m3ae/runs';
import { explainSystemError } from '@m3ae/checkpoint/files';
import { exitCodeOf, exitCodes } from '../commands/exit-codes.js';
import type { TrainerConfig } from '../config/schema.js';

/**
 * Does something on the ranks of a launcher, or on this process alone, and leaves in order. Where it fails on one rank, the others
 * are told why.
 *
 * @param config - Tells the time limit, if it can be loaded; whether it can is told by `body`.
 */
export async function onRanks(
  config: Promise<Pick<TrainerConfig, 'distributed'>>,
  body: (communicator: Communicator) => Promise<void>,
): Promise<void> {
  const timeout = await config.then(
    ({ distributed }) => distributed.timeout,
    () => undefined,
  );
  const communicator = await connectMpi({ timeout });
  try {
    await body(communicator);
    await communicator.close();
  } catch (thrown) {
    const error = explainSystemError(thrown);
    if (error instanceof RankFailed) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    communicator.fail(reason);
    if (communicator.size === 1 || exitCodeOf(error) !== exitCodes.failure) throw error;
    // The launcher may end the others before they can say which rank it was.
    throw new Error(`rank ${communicator.rank} ended: ${reason}`, { cause: thrown });
  }
}

/** The ranks that share the batches of an evaluation, or nothing where one process is alone. */
export function evaluationPeersOf(communicator: Communicator): EvaluationPeers | undefined {
  const { rank, size } = communicator;
  return size === 1 ? undefined : { rank, size, gather: (own) => gatherValues(communicator, own) };
}

/** The ranks that share each batch, or nothing where one process is alone. */
export function peersOf(
  communicator: Communicator,
  { distributed }: TrainerConfig,
  stop: CommonStop,
): BatchPeers | undefined {
  if (communicator.size === 1) return undefined;
  const { reduction, overlap } = distributed;
  return createBatchPeers(communicator, { order: reduction, overlap, stop });
}

/** Where the ranks agree that they stop, as {@link peersOf} lets them; one process alone agrees at once. */
export function commonStop({ size }: Communicator, asked: AbortSignal): CommonStop {
  const agreed = new AbortController();
  if (size === 1) asked.addEventListener('abort', () => agreed.abort());
  return { asked, agreed };
}

/**
 * Refuses to train where ranks differ in a setting, a version or the data.
 *
 * @throws InvalidInput on every rank, naming those that differ from rank 0.
 */
export async function requireSameRun(
  communicator: Communicator,
  record: Pick<RunRecord, 'config' | 'versions'> & { readonly data: unknown },
): Promise<void> {
  if (communicator.size === 1) return;
  const { config, data, versions } = record;
  const { cpu: _cpu, ...code } = versions;
  const facts = [...leavesOf(config), ...leavesOf(data, 'the data'), ...leavesOf(code, 'the versions')];
  await requireAgreement(communicator, Object.fromEntries(facts));
}

/** What a plain tree holds, by path. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, each]) =>
    leavesOf(each, path === '' ? name : `${path}.${name}`),
  );
}

/** Puts every rank where rank 0 stands: its parameters, optimizer state and place in the data. */
export async function shareSnapshot(communicator: Communicator, snapshot: Snapshot): Promise<Snapshot> {
  if (communicator.size === 1) return snapshot;
  const { state, ...place } = snapshot;
  const shared: typeof place = JSON.parse(await broadcastText(communicator, JSON.stringify(place)));
  for (const tree of [state.params, state.optimizer]) {
    for (const [, { data }] of flattenTree<NdArray>(tree)) {
      await communicator.broadcast(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return { ...shared, state };
}

/** Whether any rank was asked to stop; all give the same answer after the same step. */
export async function anyStops(communicator: Communicator, { asked }: CommonStop): Promise<boolean> {
  const votes = new Float32Array([Number(asked.aborted)]);
  await communicator.allReduce(votes);
  return votes[0]! > 0;
}

/** Ranks that a launcher says it started on this machine. */
function ranksHere({
  OMPI_COMM_WORLD_LOCAL_SIZE,
  MPI_LOCALNRANKS,
  SLURM_NTASKS_PER_NODE,
}: NodeJS.ProcessEnv): number {
  return Number(OMPI_COMM_WORLD_LOCAL_SIZE ?? MPI_LOCALNRANKS ?? SLURM_NTASKS_PER_NODE ?? 1);
}

/** A warning where the threads of all ranks on this machine are more than its cores. */
export function crowdedCores(
  { threads }: Pick<TrainerConfig['train'], 'threads'>,
  environment: NodeJS.ProcessEnv = process.env,
  cores: number = cpus().length,
): string | undefined {
  const ranks = ranksHere(environment);
  const each = threads ?? cores;
  if (ranks === 1 || ranks * each <= cores) return undefined;
  const fitting = Math.max(1, Math.floor(cores / ranks));
  return (
    `${ranks} ranks with ${each} threads each share the ${cores} cores of this machine, which slows all of them. ` +
    (each > fitting
      ? `Set train.threads to ${fitting}.`
      : `Start at most ${Math.floor(cores / each)} ranks on it.`)
  );
}
