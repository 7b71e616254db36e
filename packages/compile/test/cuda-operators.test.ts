import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { encodeModel } from '../src/ir/to-onnx.js';
import { gpuPasses, optimize } from '../src/optimize/index.js';
import { trace } from '../src/trace/trace.js';
import { integers } from './support/arrays.js';
import { arithmeticCases } from './support/arithmetic-cases.js';
import { leftToCpu } from './support/cuda-kernels.js';
import { elementwiseCases } from './support/elementwise-cases.js';
import { indexingCases } from './support/indexing-cases.js';
import { movementCases } from './support/movement-cases.js';
import { reductionCases } from './support/reduction-cases.js';
import { initial, step } from './support/train-step.js';

const rate = { shape: [], data: Float32Array.of(0.01) };

/** What of a function CUDA leaves to the CPU. */
function leftOf(fn: (...args: never[]) => unknown, args: unknown[], precision: 'float32' | 'bf16'): string[] {
  const { graph } = trace(fn as never, args as never, 'fn');
  return leftToCpu(encodeModel(optimize(graph, gpuPasses('cuda', precision))));
}

test.each(['float32', 'bf16'] as const)(
  'CUDA leaves nothing of a training step in %s to the CPU',
  (precision) => {
    expect(leftOf(step, [initial(), integers([16, 5], 0, 11), rate], precision)).toEqual([]);
  },
);

test('of all operations, CUDA leaves these to the CPU', () => {
  const cases = [arithmeticCases, elementwiseCases, movementCases, reductionCases, indexingCases].flat();
  const left = cases.flatMap(({ run, inputs }) =>
    leftOf((args: Tensor[]) => run(...args), [inputs], 'float32'),
  );
  const inverse = ['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cosh', 'Sinh', 'Tan'];
  expect([...new Set(left)].sort()).toEqual(
    [
      ...inverse.map((op) => `${op}(float32)`),
      'ArgMax(int32)',
      'ArgMin(float32)',
      'Cast(int32)', // to int64, for places of GatherND and ScatterND
      'MatMul(int32,int32)',
      'Pad(int32,int64,int32)',
      'Relu(int32)',
      'TopK(float32,int64)',
    ].sort(),
  );
});
