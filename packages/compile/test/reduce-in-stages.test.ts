import { max, mean, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameOutputs } from '../src/optimize/remove-nodes.js';
import { gpuPasses, optimize } from '../src/optimize/index.js';
import { reduceInStages } from '../src/optimize/lower.js';
import { sumSquares } from '../src/optimize/algebra.js';
import { trace } from '../src/trace/trace.js';
import { runWith } from './support/run-with.js';

const reductions = (x: Tensor) => ({
  sum: sum(x),
  squares: sum(mul(x, x)),
  mean: mean(x),
  max: max(x, undefined, true),
});
const wave = (shape: readonly number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 0.37) + 0.1),
});
const opsOf = (shape: readonly number[], list = [sumSquares, reduceInStages, nameOutputs]) =>
  optimize(trace(reductions as never, [wave(shape)] as never, 'reductions').graph, list).nodes.filter(
    (node) => node.op.startsWith('Reduce'),
  );

test('a table is reduced by way of its rows, to what double precision gives', async () => {
  const length = fc.integer({ min: 1, max: 400 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(length, length), async (shape) => {
      const x = wave(shape);
      const list = [sumSquares, reduceInStages, nameOutputs];
      const found = (await runWith(list, reductions, [x])) as Record<string, { data: Float32Array }>;
      const elements = Array.from(x.data);
      const total = elements.reduce((a, b) => a + b, 0);
      const expected = {
        sum: total,
        squares: elements.reduce((a, b) => a + b * b, 0),
        mean: total / elements.length,
        max: elements.reduce((a, b) => Math.max(a, b)),
      };
      for (const [name, value] of Object.entries(expected)) {
        expect(Math.abs(found[name]!.data[0]! - value)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

test('rows are many and not short; a small table, or one that cannot be cut, stays whole', () => {
  const shapes = opsOf([512, 30522]).map(({ inputs }) => inputs[0]!.shape);
  expect(shapes).toEqual(Array.from({ length: 4 }, () => [[1024, 15261], [1024]]).flat());
  expect(opsOf([64, 128])).toHaveLength(4);
  expect(opsOf([1, 65537])).toHaveLength(4); // a prime
  expect(opsOf([2, 65537])).toHaveLength(4);
});

test('WebGPU alone gets it', () => {
  expect(opsOf([256, 256], [...gpuPasses('webgpu')])).toHaveLength(8);
  expect(opsOf([256, 256], [...gpuPasses('cuda')])).toHaveLength(4);
});
