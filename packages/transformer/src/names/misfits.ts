import type { NdArray } from '@m3ae/tree';
import { throwFaults } from '../errors.js';

/** Arrays of a checkpoint by name. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/** One array that a model needs. */
export interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Compares a checkpoint's arrays with those of a model.
 *
 * @param ignored - Names that may be there without a use.
 * @throws RangeError with one line for each missing, extra or misshapen array.
 */
export function throwMisfits(
  arrays: ReadonlyMap<string, NdArray>,
  expected: readonly Expected[],
  ignored: (name: string) => boolean,
): void {
  const known = new Set(expected.map(({ name }) => name));
  const missing = expected
    .filter(({ name }) => !arrays.has(name))
    .map(
      ({ name, shape }) => `${name} must be there with shape [${shape}]; received nothing. Check the config.`,
    );
  const misshapen = expected
    .filter(({ name, shape }) => arrays.has(name) && arrays.get(name)!.shape.join() !== shape.join())
    .map(({ name, shape }) => {
      return `${name} must have shape [${shape}]; received [${arrays.get(name)!.shape}]. Check the config.`;
    });
  const extra = [...arrays.keys()]
    .filter((name) => !known.has(name) && !ignored(name))
    .map(
      (name) =>
        `${name} must be a parameter of the model; received an array without a use. Check the config.`,
    );
  throwFaults([...missing, ...misshapen, ...extra]);
}
