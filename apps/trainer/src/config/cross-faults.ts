import type { Fault } from '@m3ae/errors';
import { settingChecks } from './cross-checks.js';
import { methodChecks } from './method-checks.js';
import type { TrainerConfig } from './schema.js';

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null;

/**
 * A view of a config that notes what is read.
 *
 * @param seen - Gets the path of every value that is no record.
 */
function watched<Value>(value: Value, seen: Set<string>, path = ''): Value {
  if (!isRecord(value)) return value;
  return new Proxy(value, {
    get(target, name) {
      const inner = target[name];
      const at = path === '' ? String(name) : `${path}.${String(name)}`;
      if (typeof inner === 'function') return inner;
      if (!isRecord(inner)) seen.add(at);
      return watched(inner, seen, at);
    },
  });
}

/** Whether one of two dotted paths lies in the other. */
const overlap = (a: string, b: string): boolean =>
  a === b || b === '' || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/**
 * Faults that only two fields together can show.
 *
 * @param doubtful - Paths whose values were replaced: what a check says after it has read one of them is left out.
 * @returns Empty where the config holds together.
 */
export function crossFaults(config: TrainerConfig, doubtful: readonly string[] = []): Fault[] {
  return [...settingChecks, ...methodChecks].flatMap((check) => {
    const seen = new Set<string>();
    const believed: Fault[] = [];
    for (const fault of check(watched(config, seen))) {
      if (![...seen].some((read) => doubtful.some((path) => overlap(read, path)))) believed.push(fault);
    }
    return believed;
  });
}
