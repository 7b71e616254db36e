import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gelu, layerNorm } from '@m3ae/ops';
import { add, matMul, mean, type Scalar, square, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { leavesOf } from '../src/arguments.js';
import { valueAndGradients } from '../src/index.js';
import { aliveMemory, rematerialize } from '../src/optimize/memory.js';
import { blockElementwise } from '../src/optimize/block-elementwise.js';
import type { Pass } from '../src/ir/graph.js';
import { optimize, passes } from '../src/optimize/index.js';
import { loadRuntime } from '../src/run/runtime.js';
import { prepareGraph } from '../src/run/prepared-graph.js';
import { createProgram } from '../src/run/session.js';
import { stockBinding } from '../src/run/stock-session.js';
import { trace } from '../src/trace/trace.js';

const rows = 64;
const dim = 32;
const depth = 6;
const wave = (shape: readonly number[], phase: number) => ({
  shape,
  data: Float32Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => 0.2 * Math.sin(i * 0.37 + phase),
  ),
});
const layer = (phase: number) => ({
  scale: wave([dim], phase),
  bias: wave([dim], phase + 1),
  wide: wave([dim, 4 * dim], phase + 2),
  narrow: wave([4 * dim, dim], phase + 3),
});
type Layer = {
  readonly scale: Tensor1D;
  readonly bias: Tensor1D;
  readonly wide: Tensor2D;
  readonly narrow: Tensor2D;
};

/** The gradient of a pile of layers with a norm, two products and an activation. */
const step = (layers: Layer[], x: Tensor2D) =>
  valueAndGradients((params) => {
    const last = params.reduce((y, { scale, bias, wide, narrow }) => {
      const hidden = matMul(layerNorm(y, { scale, bias }, 1e-6), wide) as Tensor2D;
      return add(y, matMul(gelu(hidden, 'tanh'), narrow)) as Tensor2D;
    }, x);
    return { value: mean(square(last)) as Scalar };
  }, layers);
const args = [Array.from({ length: depth }, (_, i) => layer(i)), wave([rows, dim], 7)] as const;

const graphOf = (list: readonly Pass[]) => optimize(trace(step as never, args as never, 'pile').graph, list);
const count = (list: readonly Pass[], op: string) =>
  graphOf(list).nodes.filter((node) => node.op === op).length;

/** The passes of the engine without their last two, chains and names, and without what they do for large graphs. */
const shared = passes.slice(0, -2);
const names = passes.at(-1)!;
const kept = [...shared, blockElementwise(512), names];
const again = [...shared, rematerialize(0), blockElementwise(512, undefined, 0), names];

/** The results, and how often ONNX Runtime's own graph holds a norm after all its optimizations. */
async function results(list: readonly Pass[]) {
  const traced = trace(step as never, args as never, 'pile');
  const shapes = traced.graph.outputs.map(({ shape }) => shape);
  const recorded = { ...traced, graph: optimize(traced.graph, list), shapes };
  const prepared = prepareGraph(recorded, { onCpu: true, donated: new Set() });
  const saveTo = join(mkdtempSync(join(tmpdir(), 'rematerialize-')), 'optimized.onnx');
  const settings = { device: 'cpu', threads: 1, saveTo } as const;
  const ready = await createProgram(stockBinding(await loadRuntime()), prepared, settings);
  const values = await ready.run(leavesOf(args as never, 'pile'));
  await ready.release();
  const norms = readFileSync(saveTo, 'latin1').match(/"[^"]{0,3}LayerNormalization/g) ?? [];
  return { values, norms: norms.length };
}

test('norms and activations are computed again, with the same bits, and less is kept', async () => {
  expect(count(again, 'LayerNormalization')).toBeGreaterThan(count(kept, 'LayerNormalization'));
  const [less, more] = [again, kept].map((list) => aliveMemory(graphOf(list)).bytes) as [number, number];
  expect(less).toBeLessThan(0.8 * more);
  const [second, first] = [await results(again), await results(kept)];
  expect(second.values).toEqual(first.values);
  expect(second.norms).toBeGreaterThan(first.norms);
});

test('a small graph stays as it is', () => {
  const graph = graphOf(shared);
  expect(rematerialize(2 ** 30)(graph)).toBe(graph);
});
