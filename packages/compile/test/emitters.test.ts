import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import { add, cast, mul, type Scalar, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, eager, valueAndGradients } from '../src/index.js';
import { emitters } from '../src/trace/kernel-registry.js';
import { arithmeticCases } from './support/arithmetic-cases.js';
import type { Case } from './support/cases.js';
import { differences } from './support/compare.js';
import { elementwiseCases } from './support/elementwise-cases.js';
import { indexingCases } from './support/indexing-cases.js';
import { movementCases } from './support/movement-cases.js';
import { reductionCases } from './support/reduction-cases.js';
import { sizeOfShape } from '@m3ae/tree';

/** A scalar in which every element of the results has its own weight, so that no gradient is a constant. */
function weigh(results: readonly Tensor[]): Scalar {
  const weighted = results
    .filter((result) => result.dtype === 'float32')
    .map((result, k) => {
      const weights = Array.from({ length: sizeOfShape(result.shape) }, (_, i) => Math.sin(i + k + 1));
      return sum(mul(result, tensor(weights, result.shape, 'float32')));
    });
  return weighted.reduce((total, each) => add(total, each), cast(sum(tensor([0])), 'float32')) as Scalar;
}

const results = (outputs: Tensor | Tensor[]) => (Array.isArray(outputs) ? outputs : [outputs]);

/** Values, and with them the gradients of all float32 inputs. */
function program({ run, inputs, gradients = true }: Case) {
  return (args: Tree<Tensor>) => {
    const tensors = args as Tensor[];
    if (!gradients) return { values: results(run(...tensors)) };
    const isFloat = inputs.map(({ data }) => data instanceof Float32Array);
    const answer = valueAndGradients(
      (params: Tree<Tensor>) => {
        const left = [...(params as Tensor[])];
        const values = results(run(...tensors.map((each, i) => (isFloat[i] ? left.shift()! : each))));
        return { value: weigh(values), aux: values as Tree<Tensor> };
      },
      tensors.filter((_, i) => isFloat[i]) as Tree<Tensor>,
    );
    return { values: answer.aux, gradients: answer.gradients };
  };
}

describe.each([
  ['arithmetic', arithmeticCases],
  ['elementwise', elementwiseCases],
  ['movement', movementCases],
  ['reduction', reductionCases],
  ['indexing', indexingCases],
])('%s, compiled as on the tfjs cpu backend', (_, cases) => {
  test.each([...cases])('$name', async (each) => {
    const fn = program(each);
    const expected = (await eager(fn, { backend: 'cpu' })(
      each.inputs as Tree<NdArray>,
    )) as unknown as Tree<NdArray>;
    const compiled = compile(fn, { threads: 1 });
    const actual = (await compiled(each.inputs as Tree<NdArray>)) as unknown as Tree<NdArray>;
    expect(differences(actual, expected, each.tolerance)).toEqual([]);
    await compiled.dispose();
  });
});

test('the tables of emitters are joined without one hiding another', () => {
  expect(Object.keys(emitters).length).toBeGreaterThan(110);
});
