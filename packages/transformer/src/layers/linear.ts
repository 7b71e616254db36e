import { add, matMul, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LinearParams } from '../params.js';

/** x [rows, inDim] -> x · kernel + bias, [rows, outDim]. */
export function linear({ kernel, bias }: LinearParams<Tensor>, x: Tensor2D): Tensor2D {
  return add(matMul(x, kernel as Tensor2D), bias);
}
