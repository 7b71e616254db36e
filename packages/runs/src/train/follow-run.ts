import { readArrays } from '@m3ae/compile';
import {
  anyStops,
  broadcastState,
  type CommonStop,
  type Communicator,
  factsOf,
  requireAgreement,
} from '@m3ae/distributed';
import { wallClock } from '@m3ae/logging';
import type { Snapshot } from '@m3ae/training';
import { flattenTree, type NdArray } from '@m3ae/tree';
import type { RunRecord } from '../run-folder.js';
import { type LoopResult, type RunParts, trainLoop } from './loop.js';

/**
 * Puts every rank where rank 0 stands: its parameters, optimizer state and place in the data.
 *
 * @param snapshot - On other ranks, of the same shapes; its arrays are written over.
 */
export async function shareSnapshot(communicator: Communicator, snapshot: Snapshot): Promise<Snapshot> {
  if (communicator.size === 1) return snapshot;
  const { state, ...place } = snapshot;
  const arrays = [state.params, state.optimizer].flatMap((tree) =>
    Array.from(flattenTree<NdArray>(tree), ([, { data }]) => data),
  );
  return { ...(await broadcastState(communicator, place, arrays)), state };
}

/**
 * Trains beside rank 0, which alone keeps the run folder with `trainRun`: this rank computes its share of every batch and of what is
 * evaluated, and writes nothing.
 *
 * @param parts - As rank 0 has them; the validation part is measured there alone.
 * @param fresh - A state of the right shapes, which is written over.
 * @param stop - How any rank is asked to stop.
 */
export async function followRun(
  communicator: Communicator,
  { step, batches, steps, maxNonFinite, every, evaluator }: RunParts,
  fresh: Snapshot,
  stop: CommonStop,
): Promise<LoopResult> {
  const from = await shareSnapshot(communicator, fresh);
  return trainLoop({
    training: { step, batches, from, steps, maxNonFinite, signal: stop.agreed.signal, clock: wallClock },
    logEvery: 1,
    saveEvery: steps,
    stopRequested: () => anyStops(communicator, stop),
    onStep: () => undefined,
    validate: async () => undefined,
    ...(evaluator && {
      evaluateEvery: every.evaluate,
      evaluate: async ({ state }) => void (await evaluator.measure(await readArrays(state.params))),
    }),
    save: async () => undefined,
  });
}

/**
 * Refuses to go on where ranks differ in a setting, a version or the data; their processors may differ.
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
  const facts = { ...factsOf(config), ...factsOf(data, 'the data'), ...factsOf(code, 'the versions') };
  await requireAgreement(communicator, facts);
}
