import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/**
 * `tidy` for a record of tensors of any type: frees what `compute` made and does not return.
 *
 * @param compute - Gives tensors in nested records and arrays.
 *
 * @example
 * ```ts
 * const { mean, variance } = tidyTree(() => moments(x));
 * ```
 */
export function tidyTree<Result>(compute: () => Result): Result {
  // The types of tfjs know only mutable arrays and index signatures.
  return tidy(compute as () => TensorContainer) as Result;
}
