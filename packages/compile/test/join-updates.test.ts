import '@tensorflow/tfjs-backend-cpu';
import type { NdArray, Tree } from '@m3ae/tree';
import { mapTree } from '@m3ae/tree';
import { add, addN, div, mul, scalar, sqrt, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { compile, eager, type OnnxRuntime } from '../src/index.js';
import { floats } from './support/arrays.js';
import { differences } from './support/compare.js';
import { gpuPasses, optimize } from '../src/optimize/index.js';
import { joinSums } from '../src/optimize/algebra.js';
import { joinTables } from '../src/optimize/join-tables.js';
import { trace } from '../src/trace/trace.js';

/** The graph of a GPU, computed on the CPU. */
const onCpu: OnnxRuntime = {
  ...node,
  InferenceSession: {
    create: (model, options) =>
      node.InferenceSession.create(model, { ...options, executionProviders: ['cpu'] }),
  },
};

const names = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);

/** Tables of several widths, vectors, a scalar. */
const params = (): Tree<NdArray> => ({
  tables: names(20).map((_, i) => floats([2 + (i % 3), i % 2 === 0 ? 4 : 6], -1, 1, i + 1)),
  vectors: names(60).map((_, i) => floats([1 + (i % 5)], -1, 1, i + 50)),
  temperature: floats([], -1, 1, 9),
});

/** An update with a limit of the norm; what decays is updated in another form, and one parameter is read once more. */
function update(weights: Tree<Tensor>, gradients: Tree<Tensor>, moments: Tree<Tensor>) {
  const squares: Tensor[] = [];
  mapTree<Tensor, void>(gradients, (g) => void squares.push(sum(square(g))));
  const norm = sqrt(addN(squares));
  const flat = new Map<string, Tensor>();
  mapTree<Tensor, void>(gradients, (g, path) => void flat.set(path, div(g, norm)));
  const old = new Map<string, Tensor>();
  mapTree<Tensor, void>(moments, (m, path) => void old.set(path, m));
  const first = mapTree<Tensor, Tensor>(weights, (_, path) =>
    add(mul(old.get(path)!, scalar(0.9)), mul(flat.get(path)!, scalar(0.1))),
  );
  const next = new Map<string, Tensor>();
  mapTree<Tensor, void>(first, (m, path) => void next.set(path, m));
  const updated = mapTree<Tensor, Tensor>(weights, (p, path) => {
    const moved = sub(p, mul(next.get(path)!, scalar(0.01)));
    return path.startsWith('tables') ? sub(moved, mul(p, scalar(0.001))) : moved;
  });
  const { vectors } = updated as { vectors: Tensor[] };
  return { updated, first, norm, again: sum(square(vectors[7]!)) };
}

test('updates that are joined give the results of each alone', async () => {
  const [weights, gradients, moments] = [params(), params(), params()];
  const joined = compile(update, { device: 'webgpu', runtime: onCpu });
  const actual = await joined(weights as never, gradients as never, moments as never);
  const expected = await eager(update, { backend: 'cpu' })(
    weights as never,
    gradients as never,
    moments as never,
  );
  expect(differences(actual as never, expected as never, 1e-4)).toEqual([]);
  await joined.dispose();
}, 30_000);

test('many tables of one form take few nodes, and what somebody else reads stays as it is', () => {
  const large = { shape: [2100, 2000], data: new Float32Array(4.2e6) }; // too large to join
  const args = Array.from({ length: 3 }, () => ({ ...(params() as object), large }));
  const { graph } = trace(update as never, args, 'update');
  const all = gpuPasses('webgpu');
  const count = (op: string, list: typeof all) =>
    optimize(graph, list).nodes.filter((each) => each.op === op).length;
  const alone = all.filter((pass) => pass !== joinTables && pass !== joinSums);
  // 82 moments and the sum of 82 squares; then a chain for each of 2 widths and for vectors, and alone the large table, the vector that
  // is read again, and 13 parameters of one element.
  expect([count('Add', alone), count('Add', all)]).toEqual([82 + 81, 3 + 2 + 13]);
  expect([count('ReduceSumSquare', alone), count('ReduceSumSquare', all)]).toEqual([82, 82]);
});
