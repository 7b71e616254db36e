import { stringify } from 'safe-stable-stringify';
import { faultOf, throwFaults } from '@m3ae/errors';
import { dividesBatch } from './check-options.js';
import type { MixerConfiguration, MixerOptions } from './options.js';

/** Where a mixer stands, as plain JSON. */
export interface MixerState {
  /** The step that `next()` gives next. */
  readonly step: number;
  /** Batches taken from each source so far, in the order of the sources. */
  readonly batches: readonly number[];
  /** The options the stream depends on. The rank is not among them: a run may go on with other ranks. */
  readonly configuration: MixerConfiguration;
}

/** Options with the lanes of a state: a stream goes on in those that it began with, in one where it knew of none. */
export function withLanesOf(state: MixerState, options: MixerOptions): MixerOptions {
  const begun = state?.configuration?.sources; // it may be no state at all
  const sources = options.sources.map((source, i) => {
    const lanes = begun?.[i]?.shards?.lanes ?? 1;
    return source.shards && dividesBatch(lanes, options.batchSize)
      ? { ...source, shards: { ...source.shards, lanes } }
      : source;
  });
  return { ...options, sources };
}

/**
 * Throws unless `state` can be continued under `configuration`.
 *
 * @throws RangeError naming every difference.
 */
export function checkState(state: MixerState, configuration: MixerConfiguration): void {
  const remedy = 'Pass what state() returned, with nothing changed.';
  if (typeof state !== 'object' || state === null || typeof state.configuration !== 'object') {
    throwFaults([faultOf('state', 'a state of a mixer', state, remedy)]);
  }
  const before = state.configuration ?? {};
  const names = Object.keys(configuration) as (keyof MixerConfiguration)[];
  throwFaults(
    names.map((name) => {
      // Names in any order: a state may come back from a file that was written in another one.
      const was = stringify(before[name]) ?? 'nothing';
      const is = stringify(configuration[name]);
      const advice = 'Resume with the options of the saved run, or start a new one.';
      return was !== is && { path: `state.configuration.${name}`, rule: is, received: was, remedy: advice };
    }),
  );
  const { step, batches } = state;
  const fits = Array.isArray(batches) && batches.length === configuration.sources.length;
  throwFaults([
    !isCount(step) && faultOf('state.step', 'an integer of at least 0', step, remedy),
    !(fits && batches.every(isCount)) && faultOf('state.batches', 'a count for each source', batches, remedy),
  ]);
  const total = batches.reduce((sum, taken) => sum + taken, 0);
  const expected = configuration.strategy === 'weighted' ? step : step * batches.length;
  throwFaults([
    total !== expected && faultOf('state.batches', `${expected} in total at step ${step}`, total, remedy),
  ]);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
