import { bernoulli, foldIn, key, type RngKey, uniform } from '@m3ae/random';
import type { MixerConfiguration, SourceKind } from './options.js';

/** Key of the hash rule. Fixed, so that the paired subset is a property of the data set and not of a run's seed. */
const HASH_KEY = key(100);

/**
 * Whether an example of a paired source keeps its caption.
 *
 * Both rules look at the dataset index alone, so neither shuffling, epochs nor the number of processes can let the
 * others' captions leak in, and an example paired at 10 % is paired at 20 % too.
 *
 * @param index - Place in the data set.
 * @param share - Share of examples to be paired, in [0, 1].
 * @param rule - 'modulo': the last `100 * share` of every 100 indices, as the reference does with one process; exact
 * for every full hundred. 'hash': for shares finer than a percent, for sources of less than a few hundred examples,
 * and where the order of the data set repeats with a period that shares a factor with 100.
 *
 * @example
 * ```ts
 * isPaired(195, 0.1, 'modulo'); // true: 95 is among 90 … 99
 * ```
 */
export function isPaired(index: number, share: number, rule: 'modulo' | 'hash'): boolean {
  if (rule === 'modulo') return index % 100 >= 100 - Math.round(share * 100);
  return uniform(foldIn(HASH_KEY, index), 1)[0]! < share;
}

/** Decides which examples of a batch keep their text: 1 or 0 for each of `indices`. */
export function decideText(
  dropKey: RngKey,
  kind: SourceKind,
  indices: Int32Array,
  { pairedShare, pairedBy, dropText }: MixerConfiguration,
): Uint8Array {
  if (kind !== 'paired') return new Uint8Array(indices.length).fill(kind === 'text' ? 1 : 0);
  const dropped = bernoulli(dropKey, indices.length, dropText);
  return Uint8Array.from(indices, (index, place) =>
    !dropped[place] && isPaired(index, pairedShare, pairedBy) ? 1 : 0,
  );
}
