import { gelu, layerNorm } from '@m3ae/ops';
import { matMul, mean, square, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { leavesOf } from '../src/arguments.js';
import { valueAndGradients } from '../src/index.js';
import { aliveMemory } from '../src/optimize/alive-memory.js';
import { blockElementwise } from '../src/optimize/block-elementwise.js';
import { optimize, type Pass, passes } from '../src/optimize/index.js';
import { rematerialize } from '../src/optimize/rematerialize.js';
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
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 0.2 * Math.sin(i * 0.37 + phase)),
});
const layer = (phase: number) => ({
  scale: wave([dim], phase),
  bias: wave([dim], phase + 1),
  wide: wave([dim, 4 * dim], phase + 2),
  narrow: wave([4 * dim, dim], phase + 3),
});
type Layer = Record<'scale' | 'bias' | 'wide' | 'narrow', Tensor2D>;

/** The gradient of a pile of layers with a norm, two products and an activation. */
const step = valueAndGradients((layers: Layer[], x: Tensor2D) => {
  const last = layers.reduce((y, { scale, bias, wide, narrow }) => {
    const normed = layerNorm(y, { scale: scale as never, bias: bias as never }) as Tensor2D;
    return y.add(matMul(gelu(matMul(normed, wide), 'tanh'), narrow)) as Tensor2D;
  }, x);
  return { value: mean(square(last)) };
});
const args = [Array.from({ length: depth }, (_, i) => layer(i)), wave([rows, dim], 7)] as const;

const graphOf = (list: readonly Pass[]) => optimize(trace(step as never, args as never, 'pile').graph, list);
const count = (list: readonly Pass[], op: string) => graphOf(list).nodes.filter((node) => node.op === op).length;

/** The passes of the engine without their last two, chains and names, and without what they do for large graphs. */
const shared = passes.slice(0, -2);
const names = passes.at(-1)!;
const kept = [...shared, blockElementwise(512), names];
const again = [...shared, rematerialize(0), blockElementwise(512, undefined, 0), names];

async function results(list: readonly Pass[]) {
  const traced = trace(step as never, args as never, 'pile');
  const ready = await createProgram(
    stockBinding(await loadRuntime()),
    { ...traced, graph: optimize(traced.graph, list), shapes: traced.graph.outputs.map(({ shape }) => shape) },
    { device: 'cpu', threads: 1 },
  );
  const result = await ready.run(leavesOf(args as never, 'pile'));
  await ready.release();
  return result;
}

test('norms and activations are computed again, with the same bits, and less is kept', async () => {
  expect(count(again, 'LayerNormalization')).toBeGreaterThan(count(kept, 'LayerNormalization'));
  const [less, more] = [again, kept].map((list) => aliveMemory(graphOf(list)).bytes) as [number, number];
  expect(less).toBeLessThan(0.8 * more);
  expect(await results(again)).toEqual(await results(kept));
});

test('a small graph stays as it is', () => {
  const graph = graphOf(shared);
  expect(rematerialize(2 ** 30)(graph)).toBe(graph);
});
