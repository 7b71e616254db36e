import { limitLines } from '@m3ae/errors';
import { invalidField } from './errors.js';

/** Collects the faults of one record, so that all of them are reported at once. */
export interface FaultList {
  /** Adds a fault unless `valid`. */
  require(valid: boolean, field: string, rule: string, received: unknown, remedy: string): void;
  /** Adds a fault for each key of `record` that is not in `known`, with the nearest known name. */
  refuseUnknown(path: string, record: object, known: readonly string[]): void;
  /** @throws RangeError with all faults, one a line, if there is any. */
  throwIfAny(): void;
}

/** An empty {@link FaultList}. */
export function createFaultList(): FaultList {
  const faults: string[] = [];
  return {
    require(valid, field, rule, received, remedy) {
      if (!valid) faults.push(invalidField(field, rule, received, remedy).message);
    },
    refuseUnknown(path, record, known) {
      for (const name of Object.keys(record)) {
        if (known.includes(name)) continue;
        const field = path === '' ? name : `${path}.${name}`;
        faults.push(`${field} must be a known option; received ${field}. ${nearestHint(name, known)}`);
      }
    },
    throwIfAny() {
      if (faults.length > 0) throw new RangeError(limitLines(faults).join('\n'));
    },
  };
}

/** "Did you mean x?" for the nearest of `known`, or the list of all of them. */
export function nearestHint(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (best && best.distance <= Math.max(2, Math.floor(name.length / 3)))
    return `Did you mean ${best.candidate}?`;
  return `Known names: ${known.join(', ')}.`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
