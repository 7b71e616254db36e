import { type Fault, faultOf, InvalidInput, isInvalidInput, prefixed, within } from './invalid-input.js';
import { nearestHint } from './words.js';

/** The result of one check in a list: a fault, or nothing. */
export type MaybeFault = Fault | false | undefined;

/** The faults of a list of checks. */
export const presentFaults = (checks: readonly MaybeFault[]): Fault[] =>
  checks.filter((fault): fault is Fault => typeof fault === 'object');

/**
 * Throws all the faults of a list of checks at once; does nothing where there are none.
 *
 * @param head - Says of what, e.g. `The folder photos cannot be used`.
 * @throws InvalidInput with every fault in the list.
 *
 * @example
 * ```ts
 * throwFaults([
 *   ...unknownKeys('', options, ['rows', 'length']),
 *   positiveInteger('rows', options.rows, 'Pass the batch size.'),
 *   options.length > 4096 && faultOf('length', 'at most 4096', options.length, 'Split the sequence.'),
 * ]);
 * ```
 */
export function throwFaults(checks: readonly MaybeFault[], head?: string): void {
  const faults = presentFaults(checks);
  if (faults.length > 0) throw new InvalidInput(faults, { head });
}

/** A fault for each key of `record` that is not in `known`, with the nearest known name. */
export function unknownKeys(path: string, record: object, known: readonly string[]): Fault[] {
  return Object.keys(record)
    .filter((name) => !known.includes(name))
    .map((name) => faultOf(within(path, name), 'a known option', name, nearestHint(name, known)));
}

/** A fault unless `value` is an integer of at least 1. */
export function positiveInteger(path: string, value: unknown, remedy: string): MaybeFault {
  return (
    !(Number.isInteger(value) && (value as number) >= 1) && faultOf(path, 'a positive integer', value, remedy)
  );
}

/** Collects the faults of one input, so that all of them are reported at once. */
export interface FaultCollector {
  /** What was found so far. */
  readonly faults: readonly Fault[];
  /** Adds a fault unless `valid`; returns `valid`. */
  require(valid: boolean, path: string, rule: string, received: unknown, remedy: string): boolean;
  /** Adds a fault for each key of `record` that is not in `known`, with the nearest known name. */
  refuseUnknown(path: string, record: object, known: readonly string[]): void;
  /** Runs a check that throws {@link InvalidInput} and keeps its faults; other errors pass through. */
  include(check: () => void): void;
  /** Keeps the faults of an {@link InvalidInput} that was thrown, below `path`; throws any other error again. */
  keep(path: string, error: unknown): void;
  /** @throws InvalidInput with all faults, if there is any. */
  throwIfAny(head?: string): void;
}

/**
 * An empty {@link FaultCollector}.
 *
 * @param prefix - Put before every path, with a dot: `image` turns `patchSize` into `image.patchSize`.
 *
 * @example
 * ```ts
 * const check = collectFaults('image');
 * check.require(patchSize > 0, 'patchSize', 'above zero', patchSize, 'Usual values are 8 and 16.');
 * check.refuseUnknown('', options, ['patchSize', 'size']);
 * check.throwIfAny();
 * ```
 */
export function collectFaults(prefix = ''): FaultCollector {
  const faults: Fault[] = [];
  const keep = (path: string, error: unknown) => {
    if (!isInvalidInput(error)) throw error;
    faults.push(...prefixed(within(prefix, path), error.faults));
  };
  return {
    faults,
    keep,
    require(valid, path, rule, received, remedy) {
      if (!valid) faults.push(faultOf(within(prefix, path), rule, received, remedy));
      return valid;
    },
    refuseUnknown(path, record, known) {
      faults.push(...unknownKeys(within(prefix, path), record, known));
    },
    include(check) {
      try {
        check();
      } catch (error) {
        keep('', error);
      }
    },
    throwIfAny(head) {
      if (faults.length > 0) throw new InvalidInput(faults, { head });
    },
  };
}

/**
 * Runs `body` and puts `prefix` before the paths of the faults that it throws: a package checks its own options, and
 * the caller says where they stood.
 *
 * @throws InvalidInput with the longer paths; other errors as they are.
 *
 * @example
 * ```ts
 * prefixFaults('image.masking', () => randomMask(key, options)); // "image.masking.maskRatio must be …"
 * ```
 */
export function prefixFaults<Result>(prefix: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    throw new InvalidInput(prefixed(prefix, error.faults), { head: error.head, cause: error });
  }
}
