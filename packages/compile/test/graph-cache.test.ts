import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  gather,
  matMul,
  mul,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { graphKey } from '../src/build.js';
import { compile, type CompileOptions, type GraphCache, valueAndGradients } from '../src/index.js';
import type { Chosen } from '../src/run/choose-binding.js';
import { array, floats } from './support/arrays.js';
import { bindings } from './support/bindings.js';
import { step, train } from './support/train-step.js';

/** A cache in memory. */
function mapCache(): GraphCache & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    read: async (key) => kept.get(key),
    write: async (key, bytes) => void kept.set(key, bytes),
  };
}

describe.each(bindings)('a cache of graphs, %s', (_, options) => {
  test('a second start records nothing and gives the same bits', async () => {
    const cache = mapCache();
    const start = async (given?: GraphCache) => {
      const compiled = compile(step, { donate: [0], threads: 1, ...options, cache: given });
      const trained = await train(compiled as never, 4);
      const { traces, traceMs } = compiled.stats();
      await compiled.dispose();
      return { trained, traces, traceMs };
    };
    const [plain, first, second] = [await start(), await start(cache), await start(cache)];
    expect([plain.traces, first.traces, second.traces]).toEqual([1, 1, 0]);
    expect(second.traceMs).toBe(0);
    expect(first.trained).toEqual(plain.trained);
    expect(second.trained).toEqual(plain.trained);
  });

  test('what cannot be read is recorded anew', async () => {
    const x = floats([3, 3]);
    const square = (each: Tensor) => matMul(each as Tensor2D, each as Tensor2D);
    const run = async (cache?: GraphCache) => {
      const compiled = compile(square, { ...options, cache });
      const result = await compiled(x);
      await compiled.dispose();
      return { result, traces: compiled.stats().traces };
    };
    const cache = mapCache();
    const { result } = await run(cache);
    const [[key, whole]] = [...cache.kept] as [[string, Uint8Array]];
    const broken: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['a length alone', whole.slice(0, 4)],
      ['no model', whole.slice(0, whole.length / 2)],
      ['another model', whole.map((byte, i) => (i > whole.length - 100 ? 255 : byte))],
      ['other text', whole.map((byte, i) => (i === 5 ? 0 : byte))],
    ];
    for (const [what, bytes] of broken) {
      cache.kept.set(key, bytes);
      expect(await run(cache), what).toEqual({ result, traces: 1 });
      expect(await run(cache), what).toEqual({ result, traces: 0 });
    }
    const failing: GraphCache = {
      read: () => Promise.reject(new Error('no permission')),
      write: () => Promise.reject(new Error('no room')),
    };
    expect(await run(failing)).toEqual({ result, traces: 1 });
  });
});

test('a table of one repeated element takes no room', async () => {
  const cache = mapCache();
  const rows = 20_000;
  const start = async (given?: GraphCache) => {
    const compiled = compile(
      (x: Tensor1D, ids: Tensor1D) =>
        valueAndGradients((table: Tensor1D) => ({ value: sum(square(gather(table, ids))) as Scalar }), x)
          .gradients,
      { cache: given },
    );
    const x = { shape: [rows], data: Float32Array.from({ length: rows }, (_, i) => i) };
    const result = await compiled(x, { shape: [2], data: Int32Array.of(3, 7) });
    await compiled.dispose();
    return result.data;
  };
  const expected = new Float32Array(rows);
  expected.set([6], 3);
  expected.set([14], 7);
  expect(await start()).toEqual(expected);
  expect(await start(cache)).toEqual(expected);
  expect(await start(cache)).toEqual(expected);
  expect([...cache.kept.values()][0]!.length).toBeLessThan(rows);
});

test('each part of the key decides', () => {
  const source = { fn: (x: Tensor) => mul(x, 2), name: 'twice', signature: '0:float32[3]' };
  const options: CompileOptions = { threads: 1, donate: [0] };
  const binding = { version: '1.30.0', open: () => Promise.reject(new Error('not opened here')) };
  const kernels = { path: '/a/library', digest: '00', bf16: true, float32: true, forgetMemory: () => {} };
  const chosen: Chosen = { binding, kernels, precision: 'float32' };
  const keys = [
    graphKey(source, options, chosen),
    graphKey({ ...source, fn: (x: Tensor) => add(x, 2) }, options, chosen),
    graphKey({ ...source, name: 'double' }, options, chosen),
    graphKey({ ...source, signature: '0:float32[4]' }, options, chosen),
    graphKey(source, { ...options, device: 'webgpu' }, chosen),
    graphKey(source, { ...options, device: 'cuda' }, chosen),
    graphKey(source, { ...options, device: 'cuda' }, { ...chosen, precision: 'bf16' }),
    graphKey(source, { ...options, threads: 2 }, chosen),
    graphKey(source, { ...options, threads: undefined }, chosen),
    graphKey(source, { ...options, donate: [] }, chosen),
    graphKey(source, { ...options, kernels: 'fast' }, chosen),
    graphKey(source, { ...options, kernels: 'fast' }, { ...chosen, kernels: { ...kernels, float32: false } }),
    graphKey(source, options, { ...chosen, precision: 'bf16' }),
    graphKey(source, options, { ...chosen, kernels: undefined }),
    graphKey(source, options, { ...chosen, kernels: { ...kernels, digest: '01' } }),
    graphKey(source, options, { ...chosen, binding: { ...binding, version: '1.31.0' } }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(graphKey(source, options, chosen)).toBe(keys[0]);
  // What is only told or written beside decides nothing, nor does where the library lies.
  expect(graphKey(source, { ...options, profile: '/tmp/p', onNote: () => {} }, chosen)).toBe(keys[0]);
  expect(graphKey(source, options, { ...chosen, kernels: { ...kernels, path: '/b' } })).toBe(keys[0]);
  const { version: _, ...unknown } = binding;
  expect(graphKey(source, options, { ...chosen, binding: unknown })).toBeUndefined();
});

test('graphs of other shapes and of other functions do not meet', async () => {
  const cache = mapCache();
  const twice = compile((x: Tensor) => mul(x, 2), { cache });
  const thrice = compile((x: Tensor) => mul(x, 3), { cache });
  const results = [await twice(array([1, 2])), await twice(array([1, 2, 3])), await thrice(array([1, 2]))];
  expect(results.map(({ data }) => [...data])).toEqual([
    [2, 4],
    [2, 4, 6],
    [3, 6],
  ]);
  expect(cache.kept.size).toBe(3);
});
