import { readArrays } from '@m3ae/compile';
import { anyStops, type CommonStop, type Communicator, succeedTogether } from '@m3ae/distributed';
import type { Progress } from '@m3ae/logging';
import type { TrainerConfig } from '../config/schema.js';
import { createScheduled } from '../evaluation/scheduled.js';
import { trainLoop } from './loop.js';
import { batchesOf } from './mixer.js';
import { prepare, type PrepareOptions } from './prepare.js';
import { encodeAtEnd } from './finish.js';
import { peersOf, requireSameRun, shareSnapshot } from './ranks.js';
import { wallClock } from './clock.js';

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
  const { step, streams, length } = prepared;
  const from = await shareSnapshot(communicator, step.init(streams.parameters));
  const { batches, loaders } = batchesOf(prepared);
  const scheduled = createScheduled(prepared, communicator);
  try {
    const { snapshot, interrupted } = await trainLoop({
      training: {
        step,
        batches,
        from,
        steps: length.totalSteps,
        maxNonFinite: config.train.maxNonFinite,
        signal: stop.agreed.signal,
        clock: wallClock,
      },
      logEvery: 1,
      saveEvery: length.totalSteps,
      stopRequested: () => anyStops(communicator, stop),
      onStep: () => undefined,
      validate: async () => undefined,
      ...(scheduled !== null && {
        evaluateEvery: config.evaluation.everySteps!,
        evaluate: async ({ state }) => void (await scheduled.measure(await readArrays(state.params))),
      }),
      save: async () => undefined,
    });
    if (!interrupted) await encodeAtEnd(prepared, snapshot.state.params, communicator, progress);
    return { interrupted };
  } finally {
    await scheduled?.dispose();
    await step.dispose();
    await Promise.all(loaders.map((loader) => loader.close()));
  }
}
