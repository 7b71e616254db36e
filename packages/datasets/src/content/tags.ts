import { bernoulli, foldIn, permutation, type RngKey } from '@m3ae/random';
import type { TagDrawing } from '../state.js';

const dropPurpose = 0;
const orderPurpose = 1;

/** A caption with its name first, and its tags in the order and number that the key draws. */
export function drawTags(
  { words, separator, shuffle, drop }: TagDrawing,
  index: number,
  key: RngKey,
): string {
  const [name, ...tags] = words[index]!;
  const dropped = drop > 0 ? bernoulli(foldIn(key, dropPurpose), tags.length, drop) : undefined;
  const kept = tags.filter((_, at) => dropped?.[at] !== 1);
  if (!shuffle) return [name, ...kept].join(separator);
  const order = permutation(foldIn(key, orderPurpose), kept.length);
  return [name, ...Array.from(order, (at) => kept[at])].join(separator);
}
