import '@tensorflow/tfjs-backend-cpu';
import { fusedAttention } from '@m3ae/ops';
import type { NdArray } from '@m3ae/tree';
import { mul, sum, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseBinding } from '../../compile/src/run/choose-binding.js';
import { compile, valueAndGradients } from '../../compile/src/index.js';

const { kernels, precision: best } = await chooseBinding({ precision: 'auto' });

/** With the largest error that each may have. */
const precisions = [
  ['float32', 1e-5],
  ['bf16', 0.05],
] as const;
/** Whether this machine has it. */
const isHere = (precision: string) => (precision === 'bf16' ? best === 'bf16' : kernels?.float32 === true);

interface Case {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly size: number;
  /** Tokens before the first that asks. */
  readonly queriesFrom: number;
  readonly bias: 'none' | 'shared' | 'own';
  readonly threads: number;
  readonly precision: 'float32' | 'bf16';
}

const wave = (shape: readonly number[], seed: number): NdArray => {
  const length = shape.reduce((product, each) => product * each, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => 1.5 * Math.sin(i * 1.37 + seed) + 0.1) };
};

/** Of every third key nothing is seen. */
const biasOf = ({ bias, batch, tokens }: Case): NdArray => {
  const rows = bias === 'own' ? batch : 1;
  const data = Float32Array.from({ length: rows * tokens }, (_, i) => (i % 3 === 1 ? -1e7 : 0));
  return { shape: [rows, 1, 1, tokens], data };
};

/** The result, and the gradient of the sum of `weights * result`, as the operator gives them. */
async function compiled(each: Case, joint: NdArray, weights: NdArray) {
  const { heads, queriesFrom } = each;
  const fn = (x: Tensor3D, dy: Tensor3D, keyBias: Tensor4D) => {
    const bias = each.bias === 'none' ? {} : { keyBias };
    return valueAndGradients((params: Tensor3D) => {
      const aux = fusedAttention(params, { heads, queriesFrom, ...bias });
      return { value: sum(mul(aux, dy)), aux };
    }, x);
  };
  const run = compile(fn as never, {
    precision: each.precision,
    kernels: 'fast',
    threads: each.threads,
  });
  const result = (await run(joint, weights, biasOf(each))) as unknown;
  await run.dispose();
  return result as { readonly aux: NdArray; readonly gradients: NdArray };
}

/** The same in double precision, by the rules for each step. */
function inDouble(each: Case, { data: joint }: NdArray, { data: weights }: NdArray) {
  const { batch, tokens, heads, size, queriesFrom } = each;
  const dim = heads * size;
  const queries = tokens - queriesFrom;
  const bias = biasOf(each);
  const y = new Float64Array(batch * queries * dim);
  const gradient = new Float64Array(batch * tokens * 3 * dim);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++) {
      const at = (part: number, token: number, i: number) =>
        ((b * tokens + token) * 3 + part) * dim + h * size + i;
      const out = (query: number, i: number) => (b * queries + query) * dim + h * size + i;
      for (let q = 0; q < queries; q++) {
        const scores = Array.from({ length: tokens }, (_, t) => {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += joint[at(0, q + queriesFrom, i)]! * joint[at(1, t, i)]!;
          const added = each.bias === 'none' ? 0 : bias.data[(each.bias === 'own' ? b : 0) * tokens + t]!;
          return dot / Math.sqrt(size) + added;
        });
        const largest = Math.max(...scores);
        const total = scores.reduce((all, score) => all + Math.exp(score - largest), 0);
        const p = scores.map((score) => Math.exp(score - largest) / total);
        const dp = p.map((share, t) => {
          let dot = 0;
          for (let i = 0; i < size; i++) {
            y[out(q, i)]! += share * joint[at(2, t, i)]!;
            gradient[at(2, t, i)]! += share * weights[out(q, i)]!;
            dot += weights[out(q, i)]! * joint[at(2, t, i)]!;
          }
          return dot;
        });
        const mean = p.reduce((all, share, t) => all + share * dp[t]!, 0);
        p.forEach((share, t) => {
          const ds = (share * (dp[t]! - mean)) / Math.sqrt(size);
          for (let i = 0; i < size; i++) {
            gradient[at(0, q + queriesFrom, i)]! += ds * joint[at(1, t, i)]!;
            gradient[at(1, t, i)]! += ds * joint[at(0, q + queriesFrom, i)]!;
          }
        });
      }
    }
  return { y, gradient };
}

/** The largest error, as a share of the largest number, or of 1 where terms of that size, as the inputs are, leave less. */
function worst(actual: NdArray['data'], exact: Float64Array): number {
  expect(actual).toHaveLength(exact.length);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return exact.reduce((most, value, i) => Math.max(most, Math.abs(actual[i]! - value)), 0) / largest;
}

const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    tokens: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 113)),
    heads: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom(1, 8, 16, 24, 32, 64),
    queriesFrom: fc.integer({ min: 0, max: 30 }),
    bias: fc.constantFrom('none', 'shared', 'own'),
    threads: fc.constantFrom(1, 2),
  })
  .map(({ queriesFrom, ...each }) => ({ ...each, queriesFrom: Math.min(queriesFrom, each.tokens - 1) }));

const inputsOf = ({ batch, tokens, heads, size, queriesFrom }: Case) =>
  [wave([batch, tokens, 3 * heads * size], 1), wave([batch, tokens - queriesFrom, heads * size], 2)] as const;

describe.each(precisions)('attention in %s', (precision, limit) => {
  test.runIf(isHere(precision))(
    'and its gradient are those of double precision but for rounding',
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (drawn) => {
          const each: Case = { ...drawn, precision };
          const [joint, weights] = inputsOf(each);
          const actual = await compiled(each, joint, weights);
          const exact = inDouble(each, joint, weights);
          expect(worst(actual.aux.data, exact.y)).toBeLessThan(limit);
          expect(worst(actual.gradients.data, exact.gradient)).toBeLessThan(limit);
        }),
        { numRuns: 30 },
      );
    },
  );

  test.runIf(isHere(precision))('gives the same bits for any number of threads', async () => {
    const sizes = { batch: 2, tokens: 70, heads: 3, size: 32, queriesFrom: 5 };
    const each: Case = { ...sizes, bias: 'own', threads: 1, precision };
    const [joint, weights] = inputsOf(each);
    expect(await compiled({ ...each, threads: 2 }, joint, weights)).toEqual(
      await compiled(each, joint, weights),
    );
  });
});

describe.runIf(kernels?.float32 === true)('attention', () => {
  const attend = async (
    joint: readonly number[],
    bias: readonly number[],
    heads: number,
    queriesFrom: number,
  ) => {
    const fn = (x: Tensor3D, keyBias: Tensor4D) => fusedAttention(x, { heads, queriesFrom, keyBias });
    const run = compile(fn as never, { kernels: 'fast' });
    try {
      return (await run(wave(joint, 1), wave(bias, 2))) as NdArray;
    } finally {
      await run.dispose();
    }
  };

  test.each([
    ['queries', [2, 4, 12], 4],
    ['tokens', [2, 0, 12], 0],
    ['examples', [0, 4, 12], 0],
  ] as const)('of no %s is empty', async (_, joint, queriesFrom) => {
    const { data, shape } = await attend(joint, [1, 1, 1, joint[1]], 1, queriesFrom);
    expect([shape, data]).toEqual([[joint[0], joint[1] - queriesFrom, 4], new Float32Array(0)]);
  });

  test.each([
    ['a bias of fewer examples', [3, 4, 12], [2, 1, 1, 4], 1],
    ['a bias of fewer keys', [3, 4, 12], [3, 1, 1, 2], 1],
    ['a bias of two axes', [3, 4, 12], [3, 4], 1],
    ['a width that is no multiple of the heads', [1, 4, 12], [1, 1, 1, 4], 3],
  ] as const)('refuses %s', async (_, joint, bias, heads) => {
    await expect(attend(joint, bias, heads, 0)).rejects.toThrow('Attention: shapes of inputs differ');
  });
});
