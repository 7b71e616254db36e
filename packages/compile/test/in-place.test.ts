import {
  add,
  matMul,
  mul,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, eager } from '../src/index.js';
import { bindings } from './support/bindings.js';

type Square = { readonly shape: readonly number[]; readonly data: Float32Array };
const side = 6;
const wave = (phase: number): Square => ({
  shape: [side, side],
  data: Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * 0.7 + phase)),
});

/** Whether each leaf of the result lies in the array of the leaf with its name. */
async function reuse(fn: (state: { a: Tensor2D; b: Tensor2D }) => { a: Tensor; b: Tensor }) {
  const step = compile(fn, { donate: [0] });
  const state = { a: wave(0), b: wave(1) };
  const arrays = { a: state.a.data, b: state.b.data };
  const result = await step(state);
  await step.dispose();
  return { a: result.a.data === arrays.a, b: result.b.data === arrays.b };
}

describe('donated arguments are overwritten where that is their last use', () => {
  test.each([
    ['elementwise', (s) => ({ a: add(s.a, 1), b: mul(s.b, 2) }), { a: true, b: true }],
    [
      'read before, by what the result depends on',
      (s) => ({ a: sub(s.a, sum(square(s.a))), b: mul(s.b, 2) }),
      { a: true, b: true },
    ],
    ['still read for another result', (s) => ({ a: add(s.a, 1), b: mul(s.b, s.a) }), { a: false, b: true }],
    ['each reads the other', (s) => ({ a: add(s.a, s.b), b: sub(s.b, s.a) }), { a: false, b: false }],
    [
      'a product may be fused with what follows',
      (s) => ({ a: matMul(s.a, s.a), b: tanh(matMul(s.b, s.b)) }),
      { a: false, b: false },
    ],
  ] as [string, Parameters<typeof reuse>[0], { a: boolean; b: boolean }][])('%s', async (_, fn, expected) => {
    expect(await reuse(fn)).toEqual(expected);
  });

  test.each(bindings)(
    'any program on a donated state gives the numbers it gives eagerly, %s',
    async (_, options) => {
      const names = ['a', 'b', 'c'] as const;
      const step = fc.record({ op: fc.nat(4), first: fc.nat(12), second: fc.nat(12) });
      const picks = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12));
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), picks, async (steps, picked) => {
          const fn = (state: Record<string, Tensor2D>) => {
            const values: Tensor[] = names.map((name) => state[name]!);
            for (const { op, first, second } of steps) {
              const [x, y] = [values[first % values.length]!, values[second % values.length]!];
              const made = [
                () => add(x, y),
                () => tanh(sub(x, y)),
                () => mul(x, sum(y)),
                () => matMul(x as Tensor2D, y as Tensor2D),
                () => sqrt(square(x)),
              ][op]!();
              values.push(tanh(made));
            }
            return Object.fromEntries(
              names.map((name, i) => [
                name,
                add(values.at(-1 - (picked[i]! % values.length))!, mul(state[name]!, 0.5)),
              ]),
            );
          };
          const fresh = () => Object.fromEntries(names.map((name, i) => [name, wave(i)]));
          const compiled = compile(fn, { donate: [0], ...options });
          const oracle = eager(fn, { backend: 'cpu' });
          let [ours, expected] = [fresh(), fresh()];
          for (let i = 0; i < 3; i++) {
            ours = (await compiled(ours)) as typeof ours;
            expected = (await oracle(expected)) as typeof ours;
          }
          await compiled.dispose();
          for (const name of names) {
            const worst = ours[name]!.data.reduce(
              (most, x, i) => Math.max(most, Math.abs(x - expected[name]!.data[i]!)),
              0,
            );
            expect(worst).toBeLessThan(1e-4);
          }
        }),
        { numRuns: 80 },
      );
    },
  );
});
