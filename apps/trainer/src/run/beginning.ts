import type { Snapshot } from '@m3ae/training';
import { encoderOf, withEncoder } from './initialize.js';
import { withWeights } from './initialize-weights.js';
import type { Prepared } from './prepare.js';
import { type SavedPoint, snapshotAt } from './saved-state.js';

/**
 * Where a run begins: at a checkpoint of its own where it is resumed, else at fresh parameters, the encoder's perhaps
 * those of another run.
 *
 * @throws InvalidInput if a checkpoint does not fit.
 */
export async function beginningOf(prepared: Prepared, from: SavedPoint | undefined): Promise<Snapshot> {
  const { config, step, streams, vocabulary } = prepared;
  const fresh = step.init(streams.parameters);
  if (from !== undefined) return snapshotAt(from, fresh.state, vocabulary.mapping);
  if (config.initialize === null) return fresh;
  if ('weights' in config.initialize) {
    const params = withWeights(prepared, fresh.state.params);
    return { ...fresh, state: { ...fresh.state, params } };
  }
  const { name, arrays } = await encoderOf(config.initialize.run);
  return { ...fresh, state: { ...fresh.state, params: withEncoder(fresh.state.params, arrays, name) } };
}
