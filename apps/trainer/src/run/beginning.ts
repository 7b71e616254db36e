import { initialState } from './initial-state.js';
import { encoderOf, withEncoder } from './initialize.js';
import type { Prepared } from './prepare.js';
import { loadStanding } from './saved-state.js';
import { freshCounters, type Standing } from './training-state.js';
import { logFrequencies } from './vocabulary.js';

/**
 * Where a run begins: at its newest checkpoint where it is resumed and has one, else at fresh parameters, the
 * encoder's perhaps those of another run.
 *
 * @throws InputError if a checkpoint does not fit.
 */
export async function beginningOf(prepared: Prepared, folder: string, resume: boolean): Promise<Standing> {
  const { config, step, streams, vocabulary, sources } = prepared;
  const informed = config.method === 'm3ae' && config.model.textHeadBias === 'logFrequency';
  const bias = informed ? logFrequencies(vocabulary, sources, config.text.maxLength) : null;
  const state = initialState(step, streams.parameters, bias);
  const saved = resume ? await loadStanding(folder, state) : undefined;
  if (saved !== undefined) return saved;
  const begin = { counters: freshCounters, mixer: null };
  if (config.initialize === null) return { state, ...begin };
  const { name, arrays } = await encoderOf(config.initialize.run);
  return { state: { ...state, params: withEncoder(state.params, arrays, name) }, ...begin };
}
