import {
  add,
  div,
  exp,
  mean,
  mul,
  neg,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  type Tensor2D,
  where,
  zerosLike,
  greater,
  lessEqual,
} from '@tensorflow/tfjs-core';
import type { NdArray } from '@m3ae/tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eager } from '../src/index.js';
import { blockElementwise } from '../src/optimize/block-elementwise.js';
import { optimize, passes } from '../src/optimize/index.js';
import { runWith } from './support/run-with.js';
import { trace } from '../src/trace/trace.js';

const rows = 96;
const width = 64;
const wave = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37 + phase));
const table = (phase: number) => ({ shape: [rows, width], data: wave(rows * width, phase) });

type Step = { readonly op: number; readonly a: number; readonly b: number };

/** A random program on tables, columns, rows and scalars; every value is returned, so each is checked. */
function program(steps: readonly Step[]) {
  return (a: Tensor2D, b: Tensor2D, row: Tensor, factor: Tensor) => {
    const tables: Tensor[] = [a, b];
    const others: Tensor[] = [row, factor];
    const kept: Tensor[] = [];
    for (const { op, a: first, b: second } of steps) {
      const x = tables[first % tables.length]!;
      const y = tables[second % tables.length]!;
      const other = others[second % others.length]!;
      const made = [
        () => add(x, y),
        () => tanh(mul(x, other)),
        () => where(greater(x, y), x, y), // equal at the edge, so that rounding cannot flip it
        () => div(x, add(sqrt(square(y)), 1)),
        () => sub(x, mean(x, -1, true)),
        () => mul(x, exp(neg(square(y)))),
        () => {
          const total = mul(sum(x, 0), 0.01); // [width]
          others.push(total);
          return add(x, total);
        },
        () => {
          const column = sum(mul(x, y), -1, true); // [rows, 1]
          return mul(x, tanh(column));
        },
      ][op]!();
      tables.push(made);
      if (second % 3 === 0) kept.push(made);
    }
    return { last: tables.at(-1)!, others: others.slice(2).map((each) => add(each, 0)), kept };
  };
}

/** Passes with small blocks, so that small tables are cut too. */
const smallBlocks = (blockElements: number) =>
  passes.flatMap((pass) => [pass, blockElementwise(blockElements)]);

describe('blocks of elementwise chains', () => {
  test('any program gives the numbers it gives eagerly', async () => {
    const step = fc.record({ op: fc.nat(7), a: fc.nat(20), b: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 14 }),
        fc.constantFrom(128, 512, 1024),
        async (steps, block) => {
          const fn = program(steps);
          const args = [table(0), table(1), { shape: [width], data: wave(width, 2) }, 0.7] as const;
          const ours = await runWith(smallBlocks(block), fn, args);
          const expected = await eager(fn as never, { backend: 'cpu' })(...(args as unknown as never[]));
          const flat = (value: unknown): number[] =>
            ArrayBuffer.isView(value)
              ? Array.from(value as Float32Array)
              : value !== null && typeof value === 'object'
                ? Object.values(value).flatMap(flat)
                : [value as number];
          const [got, wanted] = [flat(ours), flat(expected)];
          expect(got.length).toBe(wanted.length);
          const worst = got.reduce(
            (most, value, i) => Math.max(most, Math.abs(value - wanted[i]!) / (1 + Math.abs(wanted[i]!))),
            0,
          );
          expect(worst).toBeLessThan(2e-4);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('an AdamW-like chain becomes one loop', () => {
    const fn = (p: Tensor2D, g: Tensor2D, m: Tensor2D, v: Tensor2D) => {
      const m1 = add(mul(m, 0.9), mul(g, 0.1));
      const v1 = add(mul(v, 0.95), mul(square(g), 0.05));
      return { p: sub(p, mul(div(m1, add(sqrt(v1), 1e-8)), 1e-3)), m: m1, v: v1 };
    };
    const args = [table(0), table(1), table(2), table(3)];
    const graph = optimize(trace(fn as never, args as never, 'adam').graph, smallBlocks(512));
    expect(graph.nodes.filter(({ op }) => op === 'Scan')).toHaveLength(1);
    expect(graph.nodes.filter(({ op }) => !['Scan', 'Reshape'].includes(op))).toEqual([]);
  });

  test.each([0.5, NaN])(
    'a block of results that a condition decides on asks once, with a first gradient of %d',
    async (first) => {
      const fn = (p: Tensor2D, g: Tensor2D, m: Tensor2D) => {
        const finite = lessEqual(sum(square(g)), 1e30);
        const m1 = add(mul(m, 0.9), mul(g, 0.1));
        const update = neg(div(m1, add(sqrt(square(m1)), 0.1)));
        return { p: add(p, where(finite, update, zerosLike(update))), m: where(finite, m1, m) };
      };
      const gradient = table(1);
      gradient.data[0] = first;
      const args = [table(0), gradient, table(2)] as const;
      const list = passes.map((pass, at) => (at === passes.length - 2 ? blockElementwise(512) : pass));
      const graph = optimize(trace(fn as never, args as never, 'guarded').graph, list);
      const [body] = graph.nodes.filter(({ op }) => op === 'Scan').map(({ subgraphs }) => subgraphs!.body!);
      expect(body!.nodes.map(({ op }) => op)).toEqual(['If']);
      const ours = (await runWith(list, fn, args)) as Record<'p' | 'm', NdArray>;
      const expected = (await eager(fn as never, { backend: 'cpu' })(
        ...(args as unknown as never[]),
      )) as typeof ours;
      for (const name of ['p', 'm'] as const) {
        const gaps = Array.from(ours[name].data, (value, i) => Math.abs(value - expected[name].data[i]!));
        expect(Math.max(...gaps)).toBeLessThan(1e-6);
      }
      expect(ours.m.data.every((value, i) => value === args[2].data[i])).toBe(Number.isNaN(first));
    },
  );
});
