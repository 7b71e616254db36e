import { toReferenceNames } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { StepsSetup } from './steps-setup.js';

/** Leaves of a parameter-shaped tree by the reference's names. */
export function referenceNames(tree: Tree<NdArray>, { model, method }: StepsSetup): Record<string, NdArray> {
  return toReferenceNames(tree as never, model, method);
}
