import type { NdArray } from '@m3ae/tree';
import { matMul, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Program, Runner } from '@m3ae/compile';
import { arrayOf, matrixOf, type MatrixProduct } from './matrix.js';

/** Products, and what ends them. */
export interface RunnerProduct {
  readonly product: MatrixProduct;
  /** Frees the programs behind `product`, which cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** Products by a runner: the same as plain ones, a hundred times faster on large matrices. */
export function runnerProduct(runner: Runner): RunnerProduct {
  const programs = new Map<string, Program<NdArray>>();
  const programFor = (transposeA: boolean, transposeB: boolean) => {
    const name = `product ${transposeA} ${transposeB}`;
    const known = programs.get(name);
    if (known !== undefined) return known;
    const made = runner<NdArray>(name, (a: Tensor2D, b: Tensor2D) => matMul(a, b, transposeA, transposeB));
    programs.set(name, made);
    return made;
  };
  return {
    async product(a, b, { transposeA = false, transposeB = false } = {}) {
      return matrixOf(await programFor(transposeA, transposeB).run(arrayOf(a), arrayOf(b)));
    },
    dispose: async () => void (await Promise.all([...programs.values()].map((program) => program.dispose()))),
  };
}
