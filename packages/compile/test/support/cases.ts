import type { NdArray } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';

/** One use of an operation. */
export interface Case {
  /** What the test is called. */
  readonly name: string;
  /** The operation on its inputs. */
  readonly run: (...inputs: Tensor[]) => Tensor | Tensor[];
  readonly inputs: readonly NdArray[];
  /** Whether to compare the gradients of the float32 inputs too; true if left out. */
  readonly gradients?: boolean;
  readonly tolerance?: number;
}
