import { initialState } from './initial-state.js';
import { encoderOf, withEncoder } from './initialize.js';
import type { Prepared } from './prepare.js';
import { type SavedPoint, standingAt } from './saved-state.js';
import { freshCounters, type Standing } from './training-state.js';
import { logFrequencies } from './vocabulary.js';

/**
 * Where a run begins: at a checkpoint of its own where it is resumed, else at fresh parameters, the encoder's perhaps
 * those of another run.
 *
 * @throws InputError if a checkpoint does not fit.
 */
export async function beginningOf(prepared: Prepared, from: SavedPoint | undefined): Promise<Standing> {
  const { config, step, streams, vocabulary, sources } = prepared;
  const informed = config.method === 'm3ae' && config.model.textHeadBias === 'logFrequency';
  const bias = informed ? logFrequencies(vocabulary, sources, config.text.maxLength) : null;
  const state = initialState(step, streams.parameters, bias);
  if (from !== undefined) return standingAt(from, state, vocabulary.mapping);
  const begin = { counters: freshCounters, mixer: null };
  if (config.initialize === null) return { state, ...begin };
  const { name, arrays } = await encoderOf(config.initialize.run);
  return { state: { ...state, params: withEncoder(state.params, arrays, name) }, ...begin };
}
