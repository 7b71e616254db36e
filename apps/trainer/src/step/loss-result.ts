import type { Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { StepBatch } from './types.js';

/** A loss with its metrics, all scalars, ready for `valueAndGradients`. */
export interface LossResult {
  readonly value: Scalar;
  readonly aux: Readonly<Record<string, Scalar>>;
}

/** The objective as a pure function of parameters and one batch. */
export type LossFunction = (params: Tree<Tensor>, batch: StepBatch<Tensor>) => LossResult;
