import { type CommonStop, type Communicator, succeedTogether } from '@m3ae/distributed';
import type { Progress } from '@m3ae/logging';
import { followRun } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { createScheduled } from '../evaluation/scheduled.js';
import { batchesOf } from './mixer.js';
import { prepare, type PrepareOptions } from './prepare.js';
import { runParts } from './pretrain.js';
import { encodeAtEnd } from './finish.js';
import { peersOf, requireSameRun } from './ranks.js';

/**
 * Trains beside rank 0, which alone keeps the run folder: this rank computes its share of every batch and of the pictures that
 * are evaluated on, and writes nothing.
 *
 * @param options - `begun`: whether the run goes on from a checkpoint, as rank 0 says.
 * @returns Whether a user stopped the run, by a signal to any rank.
 */
export async function followRank0(
  communicator: Communicator,
  config: TrainerConfig,
  options: Pick<PrepareOptions, 'begun' | 'cached'>,
  progress: Progress,
  stop: CommonStop,
): Promise<{ readonly interrupted: boolean }> {
  const prepared = await succeedTogether(communicator, () =>
    prepare(config, progress, { ...options, peers: peersOf(communicator, config, stop) }),
  );
  await requireSameRun(communicator, prepared.record);
  const { step, streams } = prepared;
  const { batches, loaders } = batchesOf(prepared);
  const scheduled = createScheduled(prepared, communicator);
  try {
    const parts = runParts(prepared, { batches, scheduled });
    const { snapshot, interrupted } = await followRun(
      communicator,
      parts,
      step.init(streams.parameters),
      stop,
    );
    if (!interrupted) await encodeAtEnd(prepared, snapshot.state.params, communicator, progress);
    return { interrupted };
  } finally {
    await scheduled?.dispose();
    await step.dispose();
    await Promise.all(loaders.map((loader) => loader.close()));
  }
}
