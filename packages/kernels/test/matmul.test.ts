import '@tensorflow/tfjs-backend-cpu';
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareGraph } from '../../compile/src/run/prepared-graph.js';
import { createProgram } from '../../compile/src/run/session.js';
import { chooseBinding } from '../../compile/src/run/choose-binding.js';
import { createValue, float, int, type Graph } from '../../compile/src/ir/graph.js';
import { compile } from '../../compile/src/index.js';

const chosen = await chooseBinding({ precision: 'auto' });
const hasBf16 = chosen.precision === 'bf16';

interface Case {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
  readonly bias: boolean;
  readonly threads: number;
  readonly bf16: boolean;
}

/** Elements that need all digits of float32, the same for the same seed. */
const wave = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 1.37 + seed) + 0.3 * Math.cos(i * 0.11 * (seed + 1)));
const size = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);

async function multiply(
  { a, b, transA, transB, alpha, bias, threads, bf16 }: Case,
  x: Float32Array,
  y: Float32Array,
) {
  const columns = b.at(transB ? -2 : -1)!;
  const leading = a.length >= b.length ? a.slice(0, -2) : b.slice(0, -2);
  const shape = [...leading, a.at(transA ? -1 : -2)!, columns];
  const inputs = [
    createValue(a, 'float32', '0'),
    createValue(b, 'float32', '1'),
    createValue([columns], 'float32', '2'),
  ];
  const used = bias ? inputs : inputs.slice(0, 2);
  const output = createValue(shape, 'float32', 'output');
  const flags = { transA: int(Number(transA)), transB: int(Number(transB)), bf16: int(Number(bf16)) };
  const attributes = { ...flags, alpha: float(alpha) };
  const nodes = [{ op: 'MatMul', domain: 'm3ae', inputs: used, outputs: [output], attributes }];
  const graph: Graph = { inputs: used, outputs: [output], nodes, constants: new Map() };
  const recorded = { graph, results: 0, shapes: [shape] } as never;
  const prepared = prepareGraph(recorded, { onCpu: true, donated: new Set() });
  const program = await createProgram(chosen.binding, prepared, {
    device: 'cpu',
    threads,
    customOps: chosen.kernels!.path,
  });
  const leaves = [x, y, wave(columns, 5)].slice(0, used.length);
  const result = await program.run(
    leaves.map((data, i) => [String(i), { shape: used[i]!.shape, data }] as never),
  );
  await program.release();
  return (result as { data: Float32Array }).data;
}

/** The nearest number of 8 significant bits, of two the one whose last bit is 0. */
function toBf16(value: number): number {
  const [bits, number] = [new Uint32Array(1), new Float32Array(1)];
  number[0] = value;
  bits[0] = new Uint32Array(number.buffer)[0]!;
  bits[0] = (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

/** What the product is in double precision, and the sum of the absolute values of its terms, of which the error is a share. */
function inDouble({ a, b, transA, transB, alpha, bias }: Case, x: Float32Array, y: Float32Array) {
  const [rowsA, columnsA] = a.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.slice(-2) as [number, number];
  const [rows, length] = transA ? [columnsA, rowsA] : [rowsA, columnsA];
  const columns = transB ? rowsB : columnsB;
  const batch = Math.max(size(a.slice(0, -2)), size(b.slice(0, -2)));
  const added = wave(columns, 5);
  const values: { exact: number; terms: number }[] = [];
  for (let n = 0; n < batch; n++) {
    const [fromA, fromB] = [a.length > 2 ? n * rowsA * columnsA : 0, b.length > 2 ? n * rowsB * columnsB : 0];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let [sum, terms] = [0, 0];
        for (let k = 0; k < length; k++) {
          const left = x[fromA + (transA ? k * columnsA + i : i * columnsA + k)]!;
          const right = y[fromB + (transB ? j * columnsB + k : k * columnsB + j)]!;
          sum += left * right;
          terms += Math.abs(left * right);
        }
        const extra = bias ? added[j]! : 0;
        values.push({ exact: alpha * sum + extra, terms: Math.abs(alpha) * terms + Math.abs(extra) });
      }
    }
  }
  return values;
}

const length = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(0, 1, 14, 15, 16, 31, 32, 33, 64, 113, 257),
);
const cases = fc
  .record({
    rows: length,
    columns: length,
    summed: fc.oneof(length, fc.constantFrom(1023, 1024, 1025, 2050)),
    batch: fc.constantFrom([], [1], [3], [2, 3]),
    alone: fc.constantFrom('a', 'b', 'neither'),
    transA: fc.boolean(),
    transB: fc.boolean(),
    alpha: fc.constantFrom(1, 0.25, -3),
    bias: fc.boolean(),
    threads: fc.constantFrom(1, 2),
    bf16: fc.boolean(),
  })
  .map(({ rows, columns, summed, batch, alone, transA, transB, ...rest }): Case => {
    const a = transA ? [summed, rows] : [rows, summed];
    const b = transB ? [columns, summed] : [summed, columns];
    return {
      ...rest,
      transA,
      transB,
      a: alone === 'a' ? a : [...batch, ...a],
      b: alone === 'b' ? b : [...batch, ...b],
    };
  });

describe.runIf(hasBf16)('products', () => {
  test('of any shape are within the rounding of their operands of the product in double precision', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const [x, y] = [wave(size(each.a), 1), wave(size(each.b), 2)];
        const actual = await multiply(each, x, y);
        const worst = (of: ReturnType<typeof inDouble>) =>
          of.reduce(
            (most, { exact, terms }, i) => Math.max(most, Math.abs(actual[i]! - exact) / (terms || 1)),
            0,
          );
        const summed = each.a.at(each.transA ? -2 : -1)!;
        // Of rounded operands, only the sums are inexact; two operands of 8 bits are off by 2^-8 each at most.
        const exact = inDouble(each, x, y);
        const ofRounded = each.bf16 ? inDouble(each, x.map(toBf16), y.map(toBf16)) : exact;
        expect(worst(ofRounded)).toBeLessThan((summed + 8) * 2 ** -24);
        expect(worst(exact)).toBeLessThan(2 ** -7 * 1.01);
        expect(actual).toHaveLength(exact.length);
      }),
      { numRuns: 80 },
    );
  });

  test('give the same bits for any number of threads', async () => {
    const each = {
      a: [200, 300],
      b: [300, 500],
      transA: false,
      transB: false,
      alpha: 1,
      bias: true,
      threads: 1,
      bf16: true,
    };
    const [x, y] = [wave(60_000, 1), wave(150_000, 2)];
    expect(await multiply({ ...each, threads: 2 }, x, y)).toEqual(await multiply(each, x, y));
  });

  test('hand on what is no number, and infinity, to the rows and columns they belong to', async () => {
    const each = {
      a: [40, 33],
      b: [33, 50],
      transA: false,
      transB: false,
      alpha: 1,
      bias: false,
      threads: 1,
      bf16: true,
    };
    const [x, y] = [new Float32Array(40 * 33).fill(1), new Float32Array(33 * 50).fill(1)];
    x[7 * 33 + 32] = NaN;
    y[32 * 50 + 9] = Infinity;
    const actual = await multiply(each, x, y);
    actual.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 50), i % 50];
      expect([row, column, value]).toEqual([row, column, row === 7 ? NaN : column === 9 ? Infinity : 33]);
    });
  });

  test('take the place of float32 ones in a compiled function, and it says so', async () => {
    const fn = compile((a: Tensor, b: Tensor) => matMul(a as never, b as never), { precision: 'bf16' });
    const [x, y] = [wave(64 * 48, 1), wave(48 * 80, 2)];
    const { data } = (await fn({ shape: [64, 48], data: x }, { shape: [48, 80], data: y })) as {
      data: Float32Array;
    };
    const each = {
      a: [64, 48],
      b: [48, 80],
      transA: false,
      transB: false,
      alpha: 1,
      bias: false,
      threads: 1,
      bf16: true,
    };
    expect(data).toEqual(await multiply(each, x, y));
    expect(fn.stats().precision).toBe('bf16');
    await fn.dispose();
  });
});
