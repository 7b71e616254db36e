import {
  type BatchPeers,
  type CommonStop,
  type Communicator,
  createBatchPeers,
  RankFailed,
} from '@m3ae/distributed';
import { connectMpi } from '@m3ae/distributed/mpi';
import { explainSystemError } from '@m3ae/checkpoint/files';
import { exitCodeOf, exitCodes } from '../console.js';
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
