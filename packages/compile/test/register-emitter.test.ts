import '@tensorflow/tfjs-backend-cpu';
import { fusedKernel, hasKernel, runKernel, withGradient } from '@m3ae/ops';
import { ndArray, type NdArray } from '@m3ae/tree';
import { add, mul, sigmoid, sub, sum, transpose, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { compile, eager, type FusedEmitter, registerEmitter, valueAndGradients } from '../src/index.js';

interface Attributes {
  readonly beta: number;
}

const contract = fusedKernel<Attributes>()('TestSwish', ['x']);
const calls: string[] = [];
const emit: FusedEmitter<'x', Attributes> = ({ graph, input, attributes }) => {
  calls.push(graph.constructor.name);
  const x = input('x');
  const scaled = graph.node('Mul', [x, graph.fill(attributes.beta, [], 'float32')], x);
  return graph.node('Mul', [x, graph.node('Sigmoid', [scaled], x)], x);
};

/** x · σ(beta · x), by the kernel where a backend has it. */
function swish(x: Tensor, beta: number): Tensor {
  return withGradient<Tensor>(
    [x],
    () => {
      const kernel = hasKernel(contract);
      const value = kernel ? runKernel(contract, { x }, { beta })[0]! : mul(x, sigmoid(mul(x, beta)));
      return { value, saved: [x] };
    },
    (dy, [saved]) => {
      const gate = sigmoid(mul(saved!, beta));
      return [mul(dy, mul(gate, add(1, mul(mul(saved!, beta), sub(1, gate)))))];
    },
  );
}

const lossAndGradient = ({ x }: { x: Tensor }) =>
  valueAndGradients((params) => ({ value: sum(swish(params.x, 1.5)) as Scalar, aux: {} }), { x });

test('a kernel of somebody else compiles, with its gradient, and is composed elsewhere', async () => {
  registerEmitter(contract, emit);
  registerEmitter(contract, emit); // once more changes nothing
  const x = ndArray(Float32Array.of(-2, -0.5, 0, 0.5, 3), [5]);
  const compiled = compile(lossAndGradient);
  const fast = await compiled({ x });
  expect(calls).not.toEqual([]);
  const slow = await eager(lossAndGradient, { backend: 'cpu' })({ x });
  const closedForm = (t: number) => t / (1 + Math.exp(-1.5 * t));
  const derivative = (t: number) => (closedForm(t + 1e-5) - closedForm(t - 1e-5)) / 2e-5;
  for (const { value, gradients } of [fast, slow]) {
    expect((value as NdArray).data[0]).toBeCloseTo(
      [...x.data].map(closedForm).reduce((a, b) => a + b),
      5,
    );
    [...x.data].forEach((t, i) => expect(gradients.x.data[i]).toBeCloseTo(derivative(t), 4));
  }
  await compiled.dispose();
});

test('a name that has an emitter is refused', () => {
  const other: FusedEmitter<'x', object> = ({ input }) => input('x');
  for (const name of ['TestSwish', 'M3aeGelu', 'Relu'])
    expect(faultsOf(() => registerEmitter(fusedKernel<object>()(name, ['x']), other))).toMatchObject([
      { path: 'kernel.name', received: name },
    ]);
});

test('a Transpose that names no axes turns them round, next to others too', async () => {
  const turn = fusedKernel()('TestTurn', ['x']);
  registerEmitter(turn, ({ graph, input }) => {
    const { shape, dtype } = input('x');
    return graph.node('Transpose', [input('x')], { shape: [...shape].reverse(), dtype });
  });
  const turned = (x: Tensor) => runKernel(turn, { x }, {})[0]!;
  const x = ndArray(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3]);
  const compiled = compile((t: Tensor) => ({
    alone: turned(t),
    back: turned(transpose(t, [2, 1, 0])),
    after: transpose(turned(t), [0, 2, 1]),
  }));
  const { alone, back, after } = await compiled(x);
  expect(alone).toEqual({ shape: [3, 2, 1], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  expect(back).toEqual(x);
  expect(after).toEqual({ shape: [3, 1, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  await compiled.dispose();
});
