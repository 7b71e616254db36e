import { limitLines, nearestHint } from '@m3ae/errors';
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
