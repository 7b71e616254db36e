import { createRequire } from 'node:module';
import { createRunner, type OnnxRuntime } from '@m3ae/compile';
import { key } from '@m3ae/random';
import type { onnx as Onnx } from 'onnx-proto';
import * as node from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { prepareStep } from '../src/prepare-step.js';

const { onnx } = createRequire(import.meta.url)('onnx-proto') as { onnx: typeof Onnx };

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

test('a ViT-S step on a GPU is fewer than 3,500 dispatches', async () => {
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
  const options = { method: 'm3ae', model: 'small', batch: 4, threads: 1, steps: 1, warmup: 0 } as const;
  const { step, batches } = prepareStep(
    { ...options, engine: 'compiled', maskScope: 'batch' },
    createRunner({ device: 'webgpu', runtime, resident: true }),
  );
  const { state } = step.init(key(0));
  await expect(step.run(state, batches(0), 0)).rejects.toThrow('recorded');
  const { node: nodes } = onnx.ModelProto.decode(model!).graph!;
  expect(dispatches(nodes!)).toBeLessThan(3500);
}, 60_000);
