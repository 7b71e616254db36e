import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import {
  add,
  div,
  grad,
  lessEqual,
  mul,
  type Scalar,
  sin,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { adamW, applyUpdates, chain, clipByGlobalNorm, skipNonFinite } from '../../optim/src/index.js';
import { compile, type CompileOptions } from '../../compile/src/index.js';
import { gelu } from '../../ops/src/index.js';
import { differences, worstError } from '../../compile/test/support/compare.js';
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

/** Derivative of x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2 in double precision. */
function slope(x: number): number {
  const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
}

type Made = { readonly params: Tree<NdArray>; readonly state: Tree<NdArray> };

interface Crossed {
  readonly params: NdArray;
  readonly first: NdArray;
  readonly second: NdArray;
}

async function train(options: CompileOptions) {
  const compiled = compile(step as never, { donate: [0, 1], ...options }) as (
    ...args: unknown[]
  ) => Promise<Made>;
  const params = { kernel: table([1031, 517], 1), embedding: table([1024, 129], 2) };
  let made: Made = { params, state: optimizer.init(params) };
  for (const scale of [0.3, NaN, 2])
    made = await compiled(made.params, made.state, single(scale), single(0.01));
  return structuredClone(made);
}

type Compiled = ((...args: unknown[]) => Promise<Crossed>) & { dispose(): Promise<void> };

describe.skipIf(kernels === undefined)('a chain with a loop of its own', () => {
  test('AdamW has the bits of its operations one by one', async () => {
    const ours = await train({ threads: 1 });
    const theirs = await train({ threads: 1, runtime: node });
    expect(differences(ours as unknown as Tree<NdArray>, theirs as unknown as Tree<NdArray>, 0)).toEqual([]);
  });

  test('an update that is left out keeps tables that lie in memory of each other', async () => {
    const moments = { first: table([1031, 517], 3), second: table([1031, 517], 4) };
    const params = table([1031, 517], 5);
    const before = structuredClone({ params, ...moments });
    // Each moment comes back by the name of the other, and so in its array.
    const crossed = (old: Record<'params' | 'first' | 'second', Tensor>, gradient: Tensor, limit: Tensor) => {
      const finite = lessEqual(limit, 1);
      const first = add(mul(old.first, 0.9), mul(gradient, 0.1));
      const second = add(mul(old.second, 0.95), square(mul(gradient, 0.2)));
      const change = mul(div(first, add(sqrt(second), 1e-3)), 0.01);
      const [one, other] = [where(finite, first, old.first), where(finite, second, old.second)];
      return { params: where(finite, add(old.params, change), old.params), first: other, second: one };
    };
    const fn = compile(crossed as never, { donate: [0] }) as unknown as Compiled;
    const made = await fn({ params, ...moments }, table([1031, 517], 6), single(NaN));
    expect(made.first.data === moments.first.data).toBe(true);
    const { first, second } = before;
    const expected = { params: before.params, first: second, second: first };
    expect(differences(made as never, expected as never, 0)).toEqual([]);
    await fn.dispose();
  });

  test('the gradient of GELU and its sum over rows are those of double precision but for rounding', async () => {
    const [rows, width] = [701, 133];
    const [x, dy] = [table([rows, width], 3), table([rows, width], 5)];
    x.data.forEach((each, i) => (x.data[i] = 4 * each));
    const fn = compile(
      (value: Tensor, weights: Tensor) => {
        const gradient = grad((v: Tensor) => mul(gelu(v, 'tanh'), weights))(value);
        return { gradient, total: sum(gradient, 0) };
      },
      { kernels: 'fast' },
    );
    const { gradient, total } = (await fn(x, dy)) as { gradient: NdArray; total: NdArray };
    const exact = [...x.data].map((v, i) => slope(v) * dy.data[i]!);
    const totals = Array.from({ length: width }, (_, column) =>
      exact.reduce((all, each, i) => (i % width === column ? all + each : all), 0),
    );
    expect(worstError(gradient.data, exact)).toBeLessThan(2e-6);
    expect(worstError(total.data, totals)).toBeLessThan(2e-5);
    await fn.dispose();
  });
});
