import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import { mul, type Scalar, sin, type Tensor } from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { adamW, applyUpdates, chain, clipByGlobalNorm, skipNonFinite } from '../../optim/src/index.js';
import { compile, type CompileOptions } from '../../compile/src/index.js';
import { differences } from '../../compile/test/support/compare.js';
import { chooseBinding } from '../../compile/src/run/choose-binding.js';

const { kernels } = await chooseBinding({});

const table = (shape: readonly number[], seed: number): NdArray => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.73 + seed)),
});

const single = (value: number): NdArray => ({ shape: [], data: Float32Array.of(value) });

const optimizer = skipNonFinite(
  chain(
    clipByGlobalNorm(0.5),
    adamW({ b1: 0.9, b2: 0.95, weightDecay: 0.05, decay: (path) => path === 'kernel' }),
  ),
);
type Params = { readonly kernel: Tensor; readonly embedding: Tensor };

/** Gradients that depend on the parameters, and are no numbers where `scale` is none. */
function step(params: Params, state: never, scale: Tensor, learningRate: Scalar) {
  const gradients = {
    kernel: mul(sin(params.kernel), scale),
    embedding: mul(sin(mul(params.embedding, 3)), scale),
  };
  const made = optimizer.update(gradients, state, params, { learningRate });
  return { params: applyUpdates(params, made.updates), state: made.state };
}

type Made = { readonly params: Tree<NdArray>; readonly state: unknown };

async function train(options: CompileOptions) {
  const compiled = compile(step as never, { donate: [0, 1], ...options }) as (
    ...args: unknown[]
  ) => Promise<Made>;
  let params: unknown = { kernel: table([1031, 517], 1), embedding: table([1024, 129], 2) };
  let state: unknown = optimizer.init(params as never);
  for (const scale of [0.3, NaN, 2]) {
    const made = await compiled(params, state, single(scale), single(0.01));
    ({ params, state } = made);
  }
  return structuredClone({ params, state });
}

describe.skipIf(kernels === undefined)('AdamW in one loop', () => {
  test('has the bits of its operations one by one', async () => {
    const [ours, theirs] = await Promise.all([{}, { runtime: node }].map((o) => train({ threads: 1, ...o })));
    expect(differences(ours, theirs, 0)).toEqual([]);
  });
});
