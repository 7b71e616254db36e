import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-cpu';
import type { NdArray } from '@m3ae/tree';
import { add, cast, greater, mul, scalar, sum, type Tensor } from '@tensorflow/tfjs-core';
import * as common from 'onnxruntime-common';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { compile, eager, type OnnxRuntime } from '../src/index.js';
import { array, floats } from './support/arrays.js';
import { differences } from './support/compare.js';
import { step, train } from './support/train-step.js';

const commonOfNode = createRequire(import.meta.url)('onnxruntime-common') as OnnxRuntime;

/** A runtime that takes no notice of the given arrays and returns others. */
const aloof: OnnxRuntime = {
  ...node,
  InferenceSession: {
    create: async (model, options) => {
      const session = await node.InferenceSession.create(model, options);
      const run = (feeds: never, wanted: object) => {
        const names = Array.isArray(wanted) ? (wanted as string[]) : Object.keys(wanted);
        return session.run(feeds, names);
      };
      const { inputNames, outputNames } = session;
      return { inputNames, outputNames, run, release: () => session.release() } as never;
    },
  },
};

const runtimes: [name: string, runtime: OnnxRuntime | undefined][] = [
  ['the C API of onnxruntime-node, loaded by itself', undefined],
  ['onnxruntime-node', node],
  ['onnxruntime-node under default, as from CommonJS', { default: node } as never],
  ['onnxruntime-web', web as unknown as OnnxRuntime],
  // Its two builds are two registries of backends: onnxruntime-node's lands in one, onnxruntime-web's in the other.
  ['onnxruntime-common with the backend of onnxruntime-node', commonOfNode],
  ['onnxruntime-common with the backend of onnxruntime-web', common as OnnxRuntime],
  ['one that returns other arrays', aloof],
];

describe.each(runtimes)('%s', (_, runtime) => {
  const options = runtime === undefined ? {} : { runtime };

  test('computes values of every element type, of scalars, of empty arrays and of arguments', async () => {
    const fn = (x: Tensor, ids: Tensor, empty: Tensor) => ({
      twice: mul(x, 2), // also asked for a second time
      again: mul(x, 2),
      total: sum(x),
      ids: add(ids, scalar(1, 'int32')),
      positive: greater(x, 0),
      empty: mul(empty, 2),
      x,
      three: 3,
      counted: cast(ids, 'float32'),
    });
    const compiled = compile(fn, options);
    for (const shift of [0, 1]) {
      const x = array([-1.5 + shift, 0.25, 3]);
      const result = await compiled(
        x,
        { shape: [2], data: Int32Array.of(4, -5) },
        { shape: [0, 2], data: new Float32Array(0) },
      );
      expect(result).toEqual({
        twice: array([-3 + 2 * shift, 0.5, 6]),
        again: array([-3 + 2 * shift, 0.5, 6]),
        total: array([1.75 + shift], []),
        ids: { shape: [2], data: Int32Array.of(5, -4) },
        positive: { shape: [3], data: Uint8Array.of(0, 1, 1) },
        empty: { shape: [0, 2], data: new Float32Array(0) },
        x: array([-1.5 + shift, 0.25, 3]),
        three: array([3], []),
        counted: array([4, -5]),
      });
      expect(result.x.data.buffer).not.toBe(x.data.buffer);
      expect(result.twice.data.buffer).not.toBe(result.again.data.buffer);
    }
    await compiled.dispose();
  });

  test('trains with a donated state as the eager backend does', async () => {
    const compiled = compile(step, { donate: [0], threads: 1, ...options });
    const actual = await train(compiled as never, 3);
    const expected = await train(eager(step, { backend: 'cpu' }) as never, 3);
    expect(differences(actual, expected, 1e-4)).toEqual([]);
  });
});

test('results of a runtime that returns its own arrays survive the next call', async () => {
  const fn = compile((x: Tensor) => mul(x, 2), { runtime: web as unknown as OnnxRuntime });
  const [first, second] = [await fn(array([1, 2])), await fn(array([3, 4]))];
  expect([first, second]).toEqual([array([2, 4]), array([6, 8])]);
});

test('a block of a large table is computed by onnxruntime-web too', async () => {
  const x = floats([300, 70]);
  const fn = (each: Tensor) => add(mul(each, each), sum(each, 0));
  const actual = await compile(fn, { runtime: web as unknown as OnnxRuntime })(x);
  expect(differences(actual, (await eager(fn, { backend: 'cpu' })(x)) as NdArray, 1e-4)).toEqual([]);
});

test.each<[string, unknown]>([
  ['the empty module that bundlers put for onnxruntime-node', {}],
  ['null', null],
  ['a name', 'onnxruntime-web'],
  ['tensors without sessions', { Tensor: node.Tensor }],
])('%s as runtime is refused', (_, runtime) => {
  const options = { runtime: runtime as OnnxRuntime };
  expect(faultsOf(() => compile((x: Tensor) => mul(x, 2), options))).toMatchObject([{ path: 'runtime' }]);
});
