import type { NdArray, Tree } from '@m3ae/tree';
import {
  argMax,
  cast,
  engine,
  equal,
  matMul,
  type NamedTensorMap,
  softmax,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, test, type TestContext } from 'vitest';
import * as node from 'onnxruntime-node';
import { compile, type OnnxRuntime } from '../src/index.js';
import { floats, integers } from './support/arrays.js';
import { differences } from './support/compare.js';
import { useSoftwareVulkan } from './support/software-vulkan.js';
import { step, train } from './support/train-step.js';

beforeAll(useSoftwareVulkan);

/** The result of a run on WebGPU, or the reason why there is none. */
async function onWebGpu<Result>(run: () => Promise<Result>, context: TestContext): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (String(error).includes('device must be one that this machine has; received webgpu')) {
      context.skip(`no WebGPU adapter: ${String(error)}`);
    }
    throw error;
  }
}

test('training steps on WebGPU equal those on the CPU', async (context) => {
  const actual = await onWebGpu(
    () => train(compile(step, { device: 'webgpu', donate: [0] }) as never, 2),
    context,
  );
  const expected = await train(compile(step) as never, 2);
  expect(differences(actual, expected, 1e-4)).toEqual([]);
});

/** A runtime that refuses a graph of which a node would run on the CPU. */
const withoutCpu: OnnxRuntime = {
  ...node,
  InferenceSession: {
    create: (model, options) =>
      node.InferenceSession.create(model, {
        ...options,
        extra: { session: { disable_cpu_ep_fallback: '1' } },
      }),
  },
};

test('no node of a training step runs on the CPU, places of largest elements included', async (context) => {
  const options = { device: 'webgpu', runtime: withoutCpu } as const;
  const actual = await onWebGpu(() => train(compile(step, options) as never, 1), context);
  expect(differences(actual, await train(compile(step) as never, 1), 1e-4)).toEqual([]);
  const largest = (x: Tensor, labels: Tensor) => cast(equal(argMax(x, -1), labels), 'float32');
  // Of equal elements the first counts; the table's rows: [2, 5, 5, 1], [0, 0, 0, 0], [-1, -3, -2, 7].
  const x = { shape: [3, 4], data: Float32Array.of(2, 5, 5, 1, 0, 0, 0, 0, -1, -3, -2, 7) };
  const labels = { shape: [3], data: Int32Array.of(1, 1, 3) };
  expect((await compile(largest, options)(x, labels)).data).toEqual(Float32Array.of(1, 0, 1));
});

test('CUDA gets no loops, and transposed operands as they are', async () => {
  let graph = '';
  const recording: OnnxRuntime = {
    ...node,
    InferenceSession: {
      create: (model) => {
        graph = Buffer.from(model).toString('latin1');
        return Promise.reject(new Error('recorded'));
      },
    },
  };
  const fn = (q: Tensor, k: Tensor) => softmax(matMul(q as Tensor2D, k as Tensor2D, false, true));
  const [q, k] = [floats([512, 64]), floats([512, 64])];
  const on = (device: 'cpu' | 'cuda') => compile(fn, { device, runtime: recording })(q, k);
  await expect(on('cuda')).rejects.toThrow('recorded');
  expect([graph.includes('Scan'), graph.includes('Transpose'), graph.includes('FusedMatMul')]).toEqual([
    false,
    false,
    true,
  ]);
  const training = compile(step, { device: 'cuda', runtime: recording });
  await expect(train(training as never, 1)).rejects.toThrow('recorded');
  expect(graph.includes('Scan')).toBe(false);
});

/** Forward and gradient of every fused kernel. */
function kernels(inputs: NamedTensorMap) {
  const run = (name: string, names: readonly string[], attributes = {}) =>
    engine().runKernel(name, Object.fromEntries(names.map((each) => [each, inputs[each]!])), attributes) as
      Tensor | Tensor[];
  const { logits, labels, dLoss } = inputs as { logits: Tensor; labels: Tensor; dLoss: Tensor };
  const [loss, logSumExp] = engine().runKernel('M3aeCrossEntropy', { logits, labels }) as unknown as Tensor[];
  return {
    norm: run('M3aeLayerNorm', ['x', 'scale', 'bias'], { epsilon: 1e-6 }),
    gelu: [true, false].map((approximate) => run('M3aeGelu', ['x'], { approximate })),
    dGelu: [true, false].map((approximate) => run('M3aeGeluGrad', ['dy', 'x'], { approximate })),
    loss: loss!,
    dLogits: engine().runKernel('M3aeCrossEntropyGrad', {
      dLoss,
      logits,
      labels,
      logSumExp: logSumExp!,
    }) as Tensor,
    embedding: run('M3aeEmbeddingGrad', ['dy', 'ids'], { rows: 5 }),
  } as Tree<Tensor>;
}

test('the fused kernels on WebGPU equal those on the CPU', async (context) => {
  const inputs = {
    x: floats([6, 8]),
    dy: floats([6, 8], -1, 1, 2),
    scale: floats([8]),
    bias: floats([8], -1, 1, 3),
    logits: floats([6, 9]),
    labels: integers([6], 0, 9),
    dLoss: floats([6]),
    ids: integers([6], 0, 5),
  } as unknown as Tree<NdArray>;
  const run = (device: 'cpu' | 'webgpu') =>
    compile(kernels as (each: never) => Tree<Tensor>, { device })(inputs as never);
  const actual = (await onWebGpu(() => run('webgpu'), context)) as Tree<NdArray>;
  expect(differences(actual, (await run('cpu')) as Tree<NdArray>, 1e-4)).toEqual([]);
});
