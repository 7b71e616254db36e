import type { NdArray } from '@m3ae/tree';
import { faultOf, throwFaults } from '@m3ae/errors';

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
 * @throws RangeError with one line for each array that is missing, extra, misshapen or not finite.
 */
export function throwMisfits(
  arrays: ReadonlyMap<string, NdArray>,
  expected: readonly Expected[],
  ignored: (name: string) => boolean,
): void {
  const remedy = 'Check the config.';
  const known = new Set(expected.map(({ name }) => name));
  const missing = expected
    .filter(({ name }) => !arrays.has(name))
    .map(({ name, shape }) => faultOf(name, `there with shape [${shape}]`, undefined, remedy));
  const misshapen = expected
    .filter(({ name, shape }) => arrays.has(name) && arrays.get(name)!.shape.join() !== shape.join())
    .map(({ name, shape }) => faultOf(name, `of shape [${shape}]`, `[${arrays.get(name)!.shape}]`, remedy));
  const extra = [...arrays.keys()]
    .filter((name) => !known.has(name) && !ignored(name))
    .map((name) => faultOf(name, 'a parameter of the model', 'an array without a use', remedy));
  const infinite = expected
    .filter(({ name }) => arrays.has(name) && !arrays.get(name)!.data.every(Number.isFinite))
    .map(({ name }) => faultOf(name, 'finite', 'NaN or infinity', 'Take an earlier checkpoint.'));
  throwFaults([...missing, ...misshapen, ...extra, ...infinite]);
}
