import { initialState } from './initial-state.js';
import type { Prepared } from './prepare.js';
import { loadStanding } from './saved-state.js';
import { freshCounters, type Standing } from './training-state.js';
import { logFrequencies } from './vocabulary.js';

/** Where a run begins: at its newest checkpoint where it is resumed and has one, else at fresh parameters. */
export async function beginningOf(prepared: Prepared, folder: string, resume: boolean): Promise<Standing> {
  const { config, step, streams, vocabulary, sources } = prepared;
  const informed = config.method === 'm3ae' && config.model.textHeadBias === 'logFrequency';
  const bias = informed ? logFrequencies(vocabulary, sources, config.text.maxLength) : null;
  const state = initialState(step, streams.parameters, bias);
  const saved = resume ? await loadStanding(folder, state) : undefined;
  return saved ?? { state, counters: freshCounters, mixer: null };
}
