import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { flattenTree, mapTree, type NdArray, type Tree } from '@m3ae/tree';
import {
  memory,
  matMul,
  mean,
  mul,
  relu,
  softmax,
  square,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile, eager, valueAndGradients } from '../src/index.js';
import { floats } from './support/arrays.js';
import { bindings } from './support/bindings.js';
import { differences } from './support/compare.js';
import { ids, initial, loss, type Params, step, train } from './support/train-step.js';

test.each(bindings)(
  'ten training steps, compiled with donated state, equal the eager ones, %s',
  async (_, options) => {
    const compiled = compile(step, { donate: [0], ...options });
    const actual = await train(compiled as never, 10);
    const expected = await train(eager(step, { backend: 'cpu' }) as never, 10);
    expect(differences(actual, expected)).toEqual([]);
    expect(compiled.stats()).toMatchObject({ calls: 10, traces: 1 });
    await compiled.dispose();
  },
);

test('gradients equal finite differences of the loss', async () => {
  const params = (initial() as { params: Tree<NdArray> }).params;
  const both = compile((p: Tree<Tensor>, i: Tensor2D) =>
    valueAndGradients((q: Tree<Tensor>) => loss(q as unknown as Params, i), p),
  );
  const { gradients } = await both(params as never, ids);
  const value = async (path: string, place: number, by: number) => {
    const moved = mapTree<NdArray, NdArray>(params, (leaf, at) =>
      at === path
        ? {
            shape: leaf.shape,
            data: leaf.data.map((each, i) => (i === place ? each + by : each)) as Float32Array,
          }
        : leaf,
    );
    return Number((await both(moved as never, ids)).value.data[0]);
  };
  const leaves = new Map(flattenTree<NdArray>(gradients as Tree<NdArray>));
  for (const [path, place] of [
    ['table', 13],
    ['scale', 2],
    ['blocks.0.qkv', 5],
    ['blocks.1.hidden.bias', 3],
    ['blocks.0.output', 7],
  ] as const) {
    const slope = ((await value(path, place, 0.005)) - (await value(path, place, -0.005))) / 0.01;
    expect([path, Math.abs(leaves.get(path)!.data[place]! - slope) < 5e-4]).toEqual([path, true]);
  }
  expect([...leaves.get('unused')!.data]).toEqual([0, 0, 0]);
});

test('eager runs leave no tensor behind, also when they fail', async () => {
  const before = memory().numTensors;
  const fn = eager(step, { backend: 'cpu' });
  await fn(initial() as never, ids, 0.01);
  expect(memory().numTensors).toBe(before);
  const failing = eager(
    (w: Tensor) =>
      valueAndGradients((p: Tensor) => {
        const y = square(mul(p, p));
        if (y.shape.length > 0) throw new Error('deliberate');
        return { value: y as Scalar };
      }, w).gradients,
    { backend: 'cpu' },
  );
  await expect(failing(floats([3]))).rejects.toThrow('deliberate');
  expect(memory().numTensors).toBe(before);
});

const attendTo = (x: Tensor2D, y: Tensor2D) => ({
  product: softmax(matMul(x, y, false, true)),
  flags: relu(x),
});

test('eager runs on WASM give the same', async () => {
  const inputs = [floats([4, 6]), floats([3, 6])] as const;
  const wasm = await eager(attendTo, { backend: 'wasm' })(...inputs);
  expect(differences(wasm, await eager(attendTo, { backend: 'cpu' })(...inputs))).toEqual([]);
});

test('an eager backend whose package is missing gives the command that installs it', async (context) => {
  const error: unknown = await eager((x: Tensor) => relu(x), { backend: 'tensorflow' })(floats([2])).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) context.skip('@tensorflow/tfjs-node is installed');
  expect(String(error)).toContain(
    'backend tensorflow needs a package that is not installed. Run: npm install @tensorflow/tfjs-node',
  );
  expect(() => eager((x: Tensor) => relu(x), { backend: 'webgl' as never })).toThrow(
    'backend must be one of cpu, wasm, tensorflow; received webgl. Use cpu if in doubt.',
  );
});

test('a function may hand back its parameters as they are, eagerly and compiled', async () => {
  const fn = (w: Tensor) => {
    const { aux, gradients } = valueAndGradients(
      (p: Tensor) => ({ value: mean(square(p)) as Scalar, aux: { same: p } as Tree<Tensor> }),
      w,
    );
    return { aux, gradients, alive: w.isDisposed ? 0 : 1 };
  };
  const expected = await eager(fn, { backend: 'cpu' })(floats([3]));
  expect(expected.aux).toEqual({ same: floats([3]) });
  expect(expected.alive).toEqual({ shape: [], data: Float32Array.of(1) });
  expect(differences((await compile(fn)(floats([3]))) as Tree<NdArray>, expected as Tree<NdArray>)).toEqual(
    [],
  );
});
