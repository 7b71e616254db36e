import { invalidField } from '@m3ae/errors';
import { isPickled, type PickleValue } from './values.js';

const deepest = 1000;

/** The values that a container, array or stub holds. */
export function childrenOf(value: PickleValue): readonly PickleValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (isPickled(value, 'array')) return Array.isArray(value.content) ? value.content : [];
  if (!isPickled(value, 'stub')) return [];
  return [
    ...value.args,
    ...(value.state === undefined ? [] : [value.state]),
    ...value.items,
    ...[...value.entries].flat(),
  ];
}

/**
 * Refuses what is nested so deeply that a reader that calls itself would end in a full stack.
 *
 * @throws InvalidInput
 */
export function refuseDepth(root: PickleValue, name: string): void {
  const met = new Set<PickleValue>();
  let level: PickleValue[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) {
      const remedy = 'It is no checkpoint, or made to do harm.';
      throw invalidField(name, `nested at most ${deepest} deep`, 'deeper', remedy);
    }
    const next: PickleValue[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null || met.has(value)) continue;
      met.add(value);
      for (const child of childrenOf(value)) next.push(child);
    }
    level = next;
  }
}
