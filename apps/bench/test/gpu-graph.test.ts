import { createRequire } from 'node:module';
import { createRunner, type OnnxRuntime } from '@m3ae/compile';
import { key } from '@m3ae/random';
import type { onnx as Onnx } from 'onnx-proto';
import * as node from 'onnxruntime-node';
import { expect, test, vi } from 'vitest';
import { leftToCpu } from '../../../packages/compile/test/support/cuda-kernels.js';
import { prepareStep } from '../src/prepare-step.js';

const { onnx } = createRequire(import.meta.url)('onnx-proto') as { onnx: typeof Onnx };

vi.mock(import('../../../packages/compile/src/run/native/cuda-driver.js'), () => ({
  lackOfBf16: () => Promise.resolve(undefined),
}));

/** Nodes that move nothing on a GPU. */
const views = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** Storage buffers of a shader that every WebGPU device has: more operands than these take several. */
const buffers = 8;

/** Shaders that a graph starts. */
function dispatches(nodes: readonly Onnx.INodeProto[]): number {
  const each = nodes.map(({ opType, input }) => {
    if (views.has(opType!)) return 0;
    return opType === 'Concat' ? Math.ceil(input!.length / (buffers - 1)) : 1;
  });
  return each.reduce((sum, count) => sum + count, 0);
}

/** The graph of a ViT-S step as it is handed to ONNX Runtime. */
async function encodedStep(
  method: 'm3ae' | 'mae',
  device: 'webgpu' | 'cuda',
  precision: 'float32' | 'bf16' = 'float32',
): Promise<Uint8Array> {
  let model: Uint8Array | undefined;
  const runtime: OnnxRuntime = {
    ...node,
    InferenceSession: {
      create: (bytes) => {
        model = bytes;
        return Promise.reject(new Error('recorded'));
      },
    },
  };
  const options = { method, model: 'small', batch: 4, threads: 1, steps: 1, warmup: 0 } as const;
  const { step, batches } = prepareStep(
    { ...options, engine: 'compiled', maskScope: 'batch' },
    createRunner({ device, precision, runtime, resident: true }),
  );
  const { state } = step.init(key(0));
  await expect(step.run(state, batches(0), 0)).rejects.toThrow('recorded');
  return model!;
}

test('a ViT-S step on a GPU is fewer than 3,500 dispatches', async () => {
  const { node: nodes } = onnx.ModelProto.decode(await encodedStep('m3ae', 'webgpu')).graph!;
  expect(dispatches(nodes!)).toBeLessThan(3500);
}, 60_000);

test.each([
  ['m3ae', 'float32'],
  ['m3ae', 'bf16'],
  ['mae', 'float32'],
  ['mae', 'bf16'],
] as const)(
  'CUDA leaves nothing of a ViT-S step of %s in %s to the CPU',
  async (method, precision) => {
    expect(leftToCpu(await encodedStep(method, 'cuda', precision))).toEqual([]);
  },
  60_000,
);
