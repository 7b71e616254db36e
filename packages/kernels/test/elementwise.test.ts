import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import {
  add,
  div,
  erf,
  exp,
  greater,
  logicalNot,
  max,
  mean,
  mul,
  neg,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as node from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { differences } from '../../compile/test/support/compare.js';
import { step, train } from '../../compile/test/support/train-step.js';
import { chooseBinding } from '../../compile/src/run/choose-binding.js';
import { createValue, type Graph, int, text } from '../../compile/src/ir/graph.js';
import { prepareGraph } from '../../compile/src/run/prepared-graph.js';
import { createProgram } from '../../compile/src/run/session.js';
import { compile, eager } from '../../compile/src/index.js';

const { binding, kernels } = await chooseBinding({});

const table = (shape: readonly number[], seed: number): NdArray => ({
  shape,
  data: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => 2 * Math.sin(i * 0.73 + seed)),
});

type Choice = { readonly op: number; readonly a: number; readonly b: number };

/** A chain of operations on tables, rows, columns and a number, chosen by `choices`. */
const program = (choices: readonly Choice[]) => (x: Tensor, y: Tensor, row: Tensor, scalar: Tensor) => {
  const tables = [x, y];
  const others = [row, scalar];
  const totals: Tensor[] = [];
  for (const { op, a, b } of choices) {
    const left = tables[a % tables.length]!;
    const right = [...tables, ...others][b % (tables.length + others.length)]!;
    const made = [
      () => add(left, right),
      () => sub(right, left),
      () => mul(left, right),
      () => div(left, add(square(right), 1)),
      () => sqrt(add(square(left), 0.5)),
      () => where(greater(left, right), left, neg(left)),
      () => where(logicalNot(greater(left, 0.1)), right, left),
      () => exp(mul(tanh(left), 0.5)),
      () => tanh(mul(left, 3)),
      () => erf(left),
      () => sub(left, mean(left, 1, true)),
      () => mul(left, div(sum(left, 1, true), 50)),
      () => sub(left, max(left, 1, true)),
    ][op % 13]!();
    if (made.shape.join() === x.shape.join()) tables.push(made);
    if (b % 4 === 0) totals.push(sum(left, 0));
  }
  return { last: tables.at(-1)!, totals, first: tables[2] ?? x };
};

describe.runIf(kernels)('chains in one pass', () => {
  test('any program gives the numbers it gives eagerly', async () => {
    const choice = fc.record({ op: fc.nat(12), a: fc.nat(20), b: fc.nat(20) });
    const shape = fc.constantFrom([64, 48], [3, 1000], [700, 33], [5000, 4], [40, 5000]);
    await fc.assert(
      fc.asyncProperty(fc.array(choice, { minLength: 2, maxLength: 8 }), shape, async (choices, full) => {
        const fn = program(choices);
        const row: NdArray = { shape: [full[1]!], data: table([1, full[1]!], 3).data };
        const args = [
          table(full, 0),
          table(full, 1),
          row,
          { shape: [], data: Float32Array.of(0.7) },
        ] as const;
        const compiled = compile(fn, { kernels: 'fast', threads: 2 });
        const actual = (await compiled(...args)) as Tree<NdArray>;
        await compiled.dispose();
        const expected = (await eager(fn, { backend: 'cpu' })(...args)) as Tree<NdArray>;
        expect(differences(actual, expected, 2e-4)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('a table without columns is refused, and ends no process', async () => {
    const [input, output] = ['input', 'output'].map((name) => createValue([4, 0], 'float32', name));
    const attributes = { rows: int(4), width: int(0), program: text('1 1 1 0 0 0 0 0 -1 0 0 2 4 0') };
    const nodes = [{ op: 'Elementwise', domain: 'm3ae', inputs: [input!], outputs: [output!], attributes }];
    const graph: Graph = { inputs: [input!], outputs: [output!], nodes, constants: new Map() };
    const prepared = prepareGraph({ graph, results: 0, shapes: [[4, 0]] } as never, {
      onCpu: true,
      donated: new Set(),
    });
    const options = { device: 'cpu', threads: 1, customOps: kernels!.path } as const;
    await expect(createProgram(binding, prepared, options)).rejects.toThrow('width 1 or more');
  });

  test('with exact ones a training has the bits that it has without any', async () => {
    const wide = (x: Tensor, y: Tensor, rate: Tensor) => {
      const moved = add(mul(x, 0.9), mul(y, 0.1));
      const spread = add(mul(x, 0.95), square(mul(y, 0.3)));
      return { moved, next: sub(x, mul(rate, div(moved, add(sqrt(spread), 1e-8)))) };
    };
    const args = [
      table([1024, 512], 0),
      table([1024, 512], 1),
      { shape: [], data: Float32Array.of(0.01) },
    ] as const;
    const [ours, theirs] = await Promise.all([{}, { runtime: node }].map((o) => compile(wide, o)(...args)));
    expect(ours).toEqual(theirs);
    const [with_, without] = await Promise.all(
      [{}, { runtime: node }].map((o) => train(compile(step, { donate: [0], threads: 1, ...o }) as never, 3)),
    );
    expect(with_).toEqual(without);
  });

  test('fast ones give the same bits for any number of threads', async () => {
    const fn = program([9, 10, 0, 8, 11].map((op) => ({ op, a: 1, b: 4 })));
    const args = [
      table([900, 300], 0),
      table([900, 300], 1),
      { shape: [300], data: table([1, 300], 3).data },
      { shape: [], data: Float32Array.of(0.7) },
    ] as const;
    const [one, two] = await Promise.all(
      [1, 2].map((threads) =>
        compile(fn, { kernels: 'fast', threads })(...(args as never as [never, never, never, never])),
      ),
    );
    expect(one).toEqual(two);
  });

  test('activations are within 1e-6 of double precision, and hand on what is no number', async () => {
    const x = Float32Array.from({ length: 8192 }, (_, i) => (i - 4096) / 300);
    x[5] = NaN;
    x[6] = Infinity;
    x[7] = -Infinity;
    const fn = compile((v: Tensor) => ({ t: add(tanh(v), 0), e: add(exp(neg(square(v))), 0) }), {
      kernels: 'fast',
    });
    const { t, e } = (await fn({ shape: [8, 1024], data: x })) as { t: NdArray; e: NdArray };
    x.forEach((value, i) => {
      const [tangent, bell] = [Math.tanh(value), Math.exp(-(value ** 2))];
      const isNear = (actual: number, exact: number) =>
        Object.is(actual, exact) || Math.abs(actual - exact) < 1e-6;
      expect([i, isNear(t.data[i]!, tangent), isNear(e.data[i]!, bell)]).toEqual([i, true, true]);
    });
    await fn.dispose();
  });
});
