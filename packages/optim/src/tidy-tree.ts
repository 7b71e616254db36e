import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/** `tidy` for any record of tensors: its own types know only mutable arrays and index signatures. */
export function tidyTree<Result>(compute: () => Result): Result {
  return tidy(compute as () => TensorContainer) as Result;
}
