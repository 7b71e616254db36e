import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import { add, memory, mul, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { compile, createRunner, disposeArrays, eager, isDeviceArray, readArrays } from '../src/index.js';
import { array } from './support/arrays.js';
import { ids, initial, step, train } from './support/train-step.js';

const double = (x: Tensor) => ({ twice: mul(x, 2), x, again: x });

test('a state that stays in tensors gives the bits of one that goes through the host, and nothing piles up', async () => {
  const kept = eager(step, { backend: 'cpu', resident: true, donate: [0] });
  const expected = await train(eager(step, { backend: 'cpu' }) as never, 3);
  const counts: number[] = [];
  let state = initial();
  let result: Tree<NdArray> = state;
  for (let i = 0; i < 3; i++) {
    result = (await kept(state, ids, 0.01 as never)) as Tree<NdArray>;
    state = (result as { state: Tree<NdArray> }).state;
    if (i < 2) disposeArrays({ ...(result as object), state: [] });
    counts.push(memory().numTensors);
  }
  expect(await readArrays(result)).toEqual(expected);
  expect(counts[1]).toBe(counts[0]);
  const before = memory().numTensors;
  await kept.dispose();
  expect(memory().numTensors).toBeLessThan(before - 10);
});

test.each(['cpu', 'wasm'] as const)(
  'on %s, results that are an argument, or stand twice, are arrays of their own',
  async (backend) => {
    const { numTensors } = memory();
    const kept = eager(double, { backend, resident: true });
    const { twice, x, again } = await kept(array([1, 2]));
    const second = await kept(x);
    disposeArrays([x, twice]);
    expect(await readArrays([again, second.x, second.twice])).toEqual([
      array([1, 2]),
      array([1, 2]),
      array([2, 4]),
    ]);
    expect(() => x.data).toThrow('an array [2] that was donated or disposed of');
    await expect(kept(x)).rejects.toThrow('donated or disposed of');
    await kept.dispose();
    expect(memory().numTensors).toBe(numTensors);
  },
);

test('an array of one engine enters another', async () => {
  const [cpu, wasm] = (['cpu', 'wasm'] as const).map((backend) => eager(double, { backend, resident: true }));
  const compiled = compile((x: Tensor) => add(x, 1), { resident: true });
  const { twice } = await cpu!(array([1, 2]));
  const { twice: four } = await wasm!(twice);
  expect([isDeviceArray(four), four.data]).toEqual([true, Float32Array.of(4, 8)]);
  // On a CPU the compiled engine has nothing to keep apart.
  expect(await compiled(four)).toEqual(array([5, 9]));
  await Promise.all([cpu!, wasm!, compiled].map((each) => each.dispose()));
});

test('a program of a runner frees its arrays', async () => {
  const { numTensors } = memory();
  const program = createRunner({ engine: 'eager:cpu', resident: true })<NdArray>('twice', double);
  const result = await program.run(array([1]));
  expect(memory().numTensors).toBe(numTensors + 3);
  await program.dispose();
  expect(memory().numTensors).toBe(numTensors);
  await expect(readArrays(result)).rejects.toThrow('donated or disposed of');
});

test('options that make no sense are refused', () => {
  const options = { backend: 'cpu', resident: 1, donate: [-1] } as never;
  expect(faultsOf(() => eager(double, options))).toMatchObject([{ path: 'resident' }, { path: 'donate' }]);
  expect(faultsOf(() => compile(double, { resident: 1 } as never))).toMatchObject([{ path: 'resident' }]);
});
