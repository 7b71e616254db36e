import type { NdArray, Tree } from '@m3ae/tree';
import { flattenTree, sizeOfShape } from '@m3ae/tree';
import { add, matMul, reshape, transpose, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { compile } from '../src/index.js';
import type { Graph, Node, Value } from '../src/ir/graph.js';
import { gpuPasses, optimize } from '../src/optimize/index.js';
import { trace } from '../src/trace/trace.js';
import { floats, integers } from './support/arrays.js';
import { bf16OnCpu } from './support/bf16-on-cpu.js';
import { initial, step } from './support/train-step.js';

vi.mock(import('../src/run/native/cuda-driver.js'), () => ({ lackOfBf16: () => Promise.resolve(undefined) }));

/** Rounds to the nearest of the numbers that are the first half of a float32, of two to that whose last bit is 0. */
function toBf16(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  const [lower, odd] = [bits[0]! & 0xffff, (bits[0]! >>> 16) & 1];
  bits[0]! &= 0xffff0000;
  if (lower > 0x8000 || (lower === 0x8000 && odd === 1)) bits[0]! += 0x10000;
  return new Float32Array(bits.buffer)[0]!;
}

/** Multiplies two tables of operands rounded to bf16. Sums are exact for elements of like size: each term is a whole multiple of one power of 2, and few. */
function product(a: NdArray, b: NdArray, transA: boolean, transB: boolean): NdArray {
  const [rows, inner] = transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const columns = b.shape[transB ? 0 : 1]!;
  const left = (i: number, k: number) => toBf16(a.data[transA ? k * rows + i : i * inner + k]!);
  const right = (k: number, j: number) => toBf16(b.data[transB ? j * inner + k : k * columns + j]!);
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += left(i, k) * right(k, j);
    return toBf16(sum);
  });
  return { shape: [rows, columns], data };
}

async function run(fn: (...args: never[]) => Tree<Tensor>, ...args: NdArray[]) {
  const compiled = compile(fn as (...args: Tensor[]) => Tensor, {
    device: 'cuda',
    precision: 'bf16',
    runtime: bf16OnCpu(),
  });
  const result = await compiled(...args);
  await compiled.dispose();
  return result;
}

describe.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('a product with operands transposed: %s, %s', (transA, transB) => {
  const a = floats(transA ? [32, 9] : [9, 32], 0.5, 2, 1);
  const b = floats(transB ? [20, 32] : [32, 20], 0.5, 2, 2);

  test('is that of operands rounded to bf16, rounded, to the last bit', async () => {
    const actual = await run((x: Tensor2D, y: Tensor2D) => matMul(x, y, transA, transB), a, b);
    expect(actual).toEqual(product(a, b, transA, transB));
  });

  test('reads what a product gave, in another shape, as it was', async () => {
    const c = floats([20, 32], 0.5, 2, 3);
    const actual = await run(
      (x: Tensor2D, y: Tensor2D, z: Tensor2D) => matMul(reshape(matMul(x, y, transA, transB), [9, 20]), z),
      a,
      b,
      c,
    );
    expect(actual).toEqual(product(product(a, b, transA, transB), c, false, false));
  });
});

const state = () => initial();
const ids = integers([16, 5], 0, 11);
const rate = { shape: [], data: Float32Array.of(0.01) };
const traced = trace(step as never, [state(), ids, rate], 'step').graph;
const isProduct = ({ op }: Node) => op === 'MatMul' || op === 'FusedMatMul';

/** Multiplications of a product, from the shapes of its operands. */
function multiplications({ inputs, outputs, attributes }: Node): number {
  const { shape } = inputs[0]!;
  return sizeOfShape(outputs[0]!.shape) * shape.at(attributes.transA?.value === 1 ? -2 : -1)!;
}

/** What a value is before anything changed its shape. */
function rootOf(value: Value, { nodes }: Graph): Value {
  const producer = nodes.find(({ outputs }) => outputs.includes(value));
  return producer?.op === 'Reshape' ? rootOf(producer.inputs[0]!, { nodes } as Graph) : value;
}

describe('the training step', () => {
  const graph = optimize(traced, gpuPasses('cuda', 'bf16'));
  const products = graph.nodes.filter(isProduct);
  const isLow = (value: Value | undefined) => value?.dtype === 'bfloat16';

  test('has its products of 4,096 multiplications and more in bf16, and no others', () => {
    const [large, small] = [true, false].map((wanted) =>
      products.filter((node) => multiplications(node) >= 4096 === wanted),
    );
    // Of each block three forward and six for gradients, and those of the logits.
    expect([large!.length, small!.length]).toEqual([2 * 9 + 3, 2 * 6]);
    expect(large!.every(({ inputs, outputs }) => [...inputs, ...outputs].every(isLow))).toBe(true);
    expect(small!.some(({ inputs, outputs }) => [...inputs, ...outputs].some(isLow))).toBe(false);
  });

  test('keeps bf16 between products, what moves their operands, and gradients that are cast back together', () => {
    const readers = graph.nodes.filter(({ inputs }) => inputs.some(isLow));
    expect(readers.filter(({ op }) => op === 'Cast').every(({ outputs }) => !isLow(outputs[0]))).toBe(true);
    const others = new Set(readers.map(({ op }) => op).filter((op) => op !== 'Cast'));
    expect([...others].sort()).toEqual(['Concat', 'FusedMatMul', 'MatMul', 'Reshape', 'Transpose']);
    expect([...graph.inputs, ...graph.outputs, ...graph.constants.keys()].some(isLow)).toBe(false);
  });

  test('casts each value once', () => {
    const sources = (list: readonly Node[]) => list.map(({ inputs }) => rootOf(inputs[0]!, graph));
    const down = graph.nodes.filter(({ op, outputs }) => op === 'Cast' && isLow(outputs[0]));
    expect(new Set(sources(down)).size).toBe(down.length);
    const up = graph.nodes.filter(({ op, inputs }) => op === 'Cast' && isLow(inputs[0]));
    expect(new Set(sources(up)).size).toBe(up.length);
    // Operands of the products in float32, each counted once.
    const plain = optimize(traced, gpuPasses('cuda'));
    const operands = plain.nodes.filter((node) => isProduct(node) && multiplications(node) >= 4096);
    const distinct = new Set(operands.flatMap(({ inputs }) => inputs.map((value) => rootOf(value!, plain))));
    expect(down.length).toBeLessThanOrEqual(distinct.size);
  });

  test('differs from that in float32 by the rounding of bf16', async () => {
    const results = [];
    for (const precision of ['float32', 'bf16'] as const) {
      const compiled = compile(step, { device: 'cuda', precision, runtime: bf16OnCpu() });
      results.push((await compiled(state() as never, ids, rate)) as unknown as Tree<NdArray>);
      await compiled.dispose();
    }
    const [exact, rounded] = results.map((each) => new Map(flattenTree<NdArray>(each)));
    const errors = [...exact!]
      .filter(([path]) => path === 'loss' || path.startsWith('state.first'))
      .map(([path, { data }]): [string, number] => {
        const other = rounded!.get(path)!.data;
        const norm = Math.hypot(...data);
        return [path, norm === 0 ? 0 : Math.hypot(...data.map((each, i) => each - other[i]!)) / norm];
      });
    expect(Object.fromEntries(errors.filter(([, error]) => !(error < 0.05)))).toEqual({});
    expect(Math.max(...errors.map(([, error]) => error))).toBeGreaterThan(2 ** -10);
  });
});

test('what only products read is moved in bf16, and nothing is cast that was cast or came from a product', () => {
  const fn = (x: Tensor, y: Tensor) => {
    const heads = transpose(reshape(x, [16, 4, 16]), [1, 0, 2]); // [4, 16, 16]
    const table = reshape(y, [64, 16]);
    const scores = matMul(heads, y, false, true);
    return {
      mixed: matMul(heads, y),
      sum: add(matMul(reshape(x, [16, 64]), table), 1),
      again: matMul(reshape(scores, [16, 64]), table),
      scores,
    };
  };
  const args = [floats([1024]), floats([4, 16, 16])];
  const { nodes } = optimize(trace(fn as never, args, 'fn').graph, gpuPasses('cuda', 'bf16'));
  const down = nodes.filter(({ op, outputs }) => op === 'Cast' && outputs[0]!.dtype === 'bfloat16');
  expect(down.map(({ inputs }) => inputs[0]!.name).sort()).toEqual(['0', '1']);
  const moved = nodes.filter(({ op }) => op === 'Transpose');
  expect(moved.map(({ outputs }) => outputs[0]!.dtype)).toEqual(['bfloat16']);
});
