import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NdArray, type Tree, zipTrees } from '@m3ae/tree';
import {
  add,
  matMul,
  mean,
  type Scalar,
  square,
  tanh,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { valueAndGradients } from '../src/index.js';
import { onnx } from '../src/ir/to-onnx.js';
import { earlyResults } from '../src/optimize/memory.js';
import { enginePasses, optimize } from '../src/optimize/index.js';
import { givenRuntime, loadRuntime } from '../src/run/runtime.js';
import { prepareGraph } from '../src/run/prepared-graph.js';
import { createProgram } from '../src/run/session.js';
import { stockBinding } from '../src/run/stock-session.js';
import { trace } from '../src/trace/trace.js';
import { floats } from './support/arrays.js';

const depth = 8;
const weights = (seed: number): Tree<NdArray> =>
  Array.from({ length: depth }, (_, i) => floats([16, 16], -1, 1, seed + i));

/** Adds the gradients of layers to sums, which have the order of the layers. */
function addGradients(params: Tree<Tensor>, sums: Tree<Tensor>, x: Tensor2D, bias: Tensor1D) {
  const { gradients } = valueAndGradients((layers: Tree<Tensor>) => {
    const y = (layers as Tensor2D[]).reduce(
      (value, layer) => tanh(add<Tensor2D>(matMul(value, layer), bias)),
      x,
    );
    return { value: mean(square(y)) as Scalar };
  }, params);
  return zipTrees<Tensor, Tensor, Tensor>(sums, gradients, (sum, gradient) => add(sum, gradient));
}

/** Outputs in the order in which ONNX Runtime computes them, which is that of a model it has made changes in: product and bias become one node. */
async function orderOf(passes: ReturnType<typeof enginePasses>): Promise<string[]> {
  const traced = trace(
    addGradients as never,
    [weights(1), weights(20), floats([16, 16]), floats([16])] as never,
    'add',
  );
  const graph = optimize(traced.graph, passes);
  const shapes = graph.outputs.map(({ shape }) => shape);
  const prepared = prepareGraph({ ...traced, graph, shapes }, { onCpu: true, donated: new Set(['1']) });
  const saveTo = join(mkdtempSync(join(tmpdir(), 'm3ae-order-')), 'model.onnx');
  const program = await createProgram(stockBinding(givenRuntime(await loadRuntime())), prepared, {
    device: 'cpu',
    threads: 1,
    saveTo,
  });
  await program.release();
  const names = new Set(graph.outputs.map(({ name }) => name!));
  const { node } = onnx.ModelProto.decode(readFileSync(saveTo)).graph!;
  expect(node!.filter(({ opType }) => opType!.endsWith('Gemm')).length).toBe(depth);
  return node!.flatMap(({ output }) => output!).filter((name) => names.has(name));
}

test('gradients are added in the order of the way back, the last layer first', async () => {
  const layers = Array.from({ length: depth }, (_, i) => `output.${i}`);
  const passes = enginePasses(1);
  expect(await orderOf(passes)).toEqual([...layers].reverse());
  expect(await orderOf(passes.filter((pass) => pass !== earlyResults))).toEqual(layers);
});
