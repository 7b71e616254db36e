import type { NdArray, Tree } from '@m3ae/tree';
import {
  engine,
  softmax as softmaxOp,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/index.js';
import { array, floats, integers } from './support/arrays.js';
import { worstError } from './support/compare.js';
import { crossEntropy, differences, gelu, layerNorm, softmax } from './support/double.js';

/** Runs one kernel through a compiled function. */
async function runKernel(
  name: string,
  inputs: Record<string, NdArray>,
  attributes: NamedAttrMap = {},
): Promise<NdArray[]> {
  const compiled = compile((tensors: Tree<Tensor>) => {
    const results: Tensor | Tensor[] = engine().runKernel(name, tensors as NamedTensorMap, attributes);
    return (Array.isArray(results) ? results : [results]) as Tree<Tensor>;
  });
  const results = (await compiled(inputs as Tree<NdArray>)) as NdArray[];
  await compiled.dispose();
  return results;
}

const rows = ({ shape, data }: NdArray): number[][] => {
  const length = shape.at(-1)!;
  return Array.from({ length: data.length / length }, (_, i) =>
    Array.from(data.slice(i * length, (i + 1) * length)),
  );
};
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const columnSums = (table: readonly (readonly number[])[]) =>
  table[0]!.map((_, i) => table.reduce((sum, row) => sum + row[i]!, 0));

describe('layer normalization', () => {
  const x = floats([2, 3, 8], -1, 3);
  const [scale, bias] = [floats([8], 0.5, 1.5, 2), floats([8], -1, 1, 3)];
  const epsilon = 1e-6;

  test('forward, with mean and inverse deviation', async () => {
    const [y, mean, inverse] = await runKernel('M3aeLayerNorm', { x, scale, bias }, { epsilon });
    expect(
      worstError(
        y!.data,
        rows(x).flatMap((row) => layerNorm(row, [...scale.data], [...bias.data], epsilon)),
      ),
    ).toBeLessThanOrEqual(2e-6);
    expect(mean!.shape).toEqual([2, 3, 1]);
    const means = rows(x).map((row) => row.reduce((sum, each) => sum + each, 0) / 8);
    expect(worstError(mean!.data, means)).toBeLessThanOrEqual(1e-6);
    const inverses = rows(x).map(
      (row, i) => 1 / Math.sqrt(row.reduce((sum, each) => sum + (each - means[i]!) ** 2, 0) / 8 + epsilon),
    );
    expect(worstError(inverse!.data, inverses)).toBeLessThanOrEqual(2e-6);
  });

  test('gradient, against differences', async () => {
    const dy = floats([2, 3, 8], -1, 1, 4);
    const [, mean, inverseDeviation] = await runKernel('M3aeLayerNorm', { x, scale, bias }, { epsilon });
    const inputs = { dy, x, mean: mean!, inverseDeviation: inverseDeviation!, scale };
    const [dx, dScale, dBias] = await runKernel('M3aeLayerNormGrad', inputs);
    const loss = (row: readonly number[], s: readonly number[], b: readonly number[], i: number) =>
      dot(layerNorm(row, s, b, epsilon), rows(dy)[i]!);
    const [s, b] = [[...scale.data], [...bias.data]];
    expect(
      worstError(
        dx!.data,
        rows(x).flatMap((row, i) => differences((each) => loss(each, s, b, i), row)),
      ),
    ).toBeLessThanOrEqual(5e-6);
    expect(
      worstError(
        dScale!.data,
        columnSums(rows(x).map((row, i) => differences((each) => loss(row, each, b, i), s))),
      ),
    ).toBeLessThanOrEqual(5e-6);
    expect(worstError(dBias!.data, columnSums(rows(dy)))).toBeLessThanOrEqual(1e-6);
  });
});

describe.each([true, false])('GELU, approximate: %s', (approximate) => {
  const x = array(Array.from({ length: 161 }, (_, i) => -4 + i / 20));

  test('forward is within 1e-6 of the formula', async () => {
    const [y] = await runKernel('M3aeGelu', { x }, { approximate });
    expect(
      worstError(
        y!.data,
        [...x.data].map((each) => gelu(each, approximate)),
      ),
    ).toBeLessThanOrEqual(1e-6);
  });

  test('gradient, against differences', async () => {
    const dy = floats([161], -1, 1);
    const [dx] = await runKernel('M3aeGeluGrad', { dy, x }, { approximate });
    const slopes = [...x.data].map(
      (each, i) => differences(([t]) => gelu(t!, approximate), [each])[0]! * dy.data[i]!,
    );
    expect(worstError(dx!.data, slopes)).toBeLessThanOrEqual(2e-6);
  });
});

test('the gradient of softmax, against differences', async () => {
  const [x, dy] = [floats([2, 3, 5]), floats([2, 3, 5], -1, 1, 2)];
  const forward = compile((each: Tensor) => softmaxOp(each));
  const y = (await forward(x)) as NdArray;
  const [dx] = await runKernel('M3aeSoftmaxGrad', { dy, y });
  expect(
    worstError(
      dx!.data,
      rows(x).flatMap((row, i) => differences((each) => dot(softmax(each), rows(dy)[i]!), row)),
    ),
  ).toBeLessThanOrEqual(1e-6);
});

describe('cross entropy', () => {
  const logits = floats([4, 7], -3, 3);
  const labels = integers([4], 0, 7);

  test('forward, with the logarithm of the sum', async () => {
    const [loss, logSumExp] = await runKernel('M3aeCrossEntropy', { logits, labels });
    expect(
      worstError(
        loss!.data,
        rows(logits).map((row, i) => crossEntropy(row, labels.data[i]!)),
      ),
    ).toBeLessThanOrEqual(1e-6);
    expect(
      worstError(
        logSumExp!.data,
        rows(logits).map((row) => Math.log(row.reduce((sum, each) => sum + Math.exp(each), 0))),
      ),
    ).toBeLessThanOrEqual(1e-6);
  });

  test('does not overflow', async () => {
    const [loss] = await runKernel('M3aeCrossEntropy', {
      logits: array([1000, 0, -1000], [1, 3]),
      labels: integers([1], 1, 2),
    });
    expect(worstError(loss!.data, [1000])).toBeLessThanOrEqual(1e-6);
  });

  test('gradient, against differences', async () => {
    const dLoss = floats([4], -1, 1, 5);
    const [, logSumExp] = await runKernel('M3aeCrossEntropy', { logits, labels });
    const [dLogits] = await runKernel('M3aeCrossEntropyGrad', {
      dLoss,
      logits,
      labels,
      logSumExp: logSumExp!,
    });
    const slopes = rows(logits).flatMap((row, i) =>
      differences((each) => crossEntropy(each, labels.data[i]!) * dLoss.data[i]!, row),
    );
    expect(worstError(dLogits!.data, slopes)).toBeLessThanOrEqual(2e-6);
  });
});

test('the gradient of an embedding adds up rows of the same id, with many threads too', async () => {
  const [dy, ids] = [floats([500, 6]), integers([500], 0, 9)];
  const [sums] = await runKernel('M3aeEmbeddingGrad', { dy, ids }, { rows: 10 });
  const expected = Array.from({ length: 10 }, () => new Array<number>(6).fill(0));
  rows(dy).forEach((row, i) => row.forEach((each, j) => (expected[ids.data[i]!]![j]! += each)));
  expect(worstError(sums!.data, expected.flat())).toBeLessThanOrEqual(1e-5);
});
