import { mapTree, zerosArray, zipTrees, type NdArray, type Tree } from '@m3ae/tree';
import {
  add,
  div,
  gather,
  mean,
  matMul,
  mul,
  relu,
  reshape,
  scalar,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  transpose,
  exp,
  log,
  customGrad,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type GradSaveFunc,
} from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../../src/index.js';
import { floats, integers } from './arrays.js';

const dim = 8;
const tokens = 5;
/** Larger than Adam's own: where a gradient is almost zero, its last digits would decide the direction. */
const epsilon = 1e-3;

export const initial = (): Tree<NdArray> => {
  const params: Tree<NdArray> = {
    table: floats([11, dim], -0.5, 0.5, 1),
    scale: floats([dim], 0.5, 1.5, 2),
    blocks: [3, 4].map((seed) => ({
      qkv: floats([dim, 3 * dim], -0.4, 0.4, seed),
      hidden: { kernel: floats([dim, 2 * dim], -0.4, 0.4, seed + 2), bias: zerosArray([2 * dim]) },
      output: floats([2 * dim, dim], -0.4, 0.4, seed + 4),
    })),
    unused: floats([3], -1, 1, 9),
  };
  const zeros = () => mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape));
  return { params, first: zeros(), second: zeros(), count: { shape: [], data: Int32Array.of(0) } };
};

interface Block {
  readonly qkv: Tensor2D;
  readonly hidden: { readonly kernel: Tensor2D; readonly bias: Tensor1D };
  readonly output: Tensor2D;
}
export interface Params {
  readonly table: Tensor2D;
  readonly scale: Tensor1D;
  readonly blocks: readonly Block[];
  readonly unused: Tensor1D;
}

/** A gradient of its own, as the fused kernels of the models have: y = x^3. */
const cube = customGrad((x, save) => {
  (save as GradSaveFunc)([x as Tensor]);
  return {
    value: mul(square(x as Tensor), x as Tensor),
    gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, mul(3, square(saved[0]!))),
  };
});

function normalize(x: Tensor, scale: Tensor1D): Tensor {
  const centered = sub(x, mean(x, -1, true));
  return mul(div(centered, sqrt(add(mean(square(centered), -1, true), 1e-6))), scale);
}

function attend(x: Tensor3D, block: Block, scale: Tensor1D): Tensor3D {
  const batch = x.shape[0];
  const flat = reshape(normalize(x, scale), [batch * tokens, dim]);
  const qkv = transpose(reshape(matMul(flat, block.qkv), [batch, tokens, 3, 2, dim / 2]), [2, 0, 3, 1, 4]); // [3, batch, heads, tokens, head]
  const [q, k, v] = [0, 1, 2].map((i) => gather(qkv, scalar(i, 'int32')));
  const weights = softmax(mul(matMul(q!, k!, false, true), 1 / Math.sqrt(dim / 2)));
  const mixed = reshape(transpose(matMul(weights, v!), [0, 2, 1, 3]), [batch * tokens, dim]);
  const hidden = relu(add(matMul(mixed, block.hidden.kernel), block.hidden.bias));
  return add(x, reshape(matMul(hidden, block.output), [batch, tokens, dim])) as Tensor3D;
}

export function loss(params: Params, ids: Tensor2D): { value: Scalar; aux: { norm: Scalar } } {
  let x = gather(params.table, ids) as Tensor as Tensor3D; // [batch, tokens, dim]
  for (const block of params.blocks) x = attend(x, block, params.scale);
  const logits = matMul(reshape(x, [-1, dim]), params.table, false, true); // [batch * tokens, 11]
  const logSumExp = log(sum(exp(logits), -1));
  return {
    value: add(mean(logSumExp), mean(cube(mul(logits, 0.1)))) as Scalar,
    aux: { norm: sqrt(sum(square(logits))) as Scalar },
  };
}

/** Forward, backward and an update like AdamW's. */
export function step(state: Tree<Tensor>, ids: Tensor2D, rate: Scalar) {
  const { params, first, second, count } = state as {
    params: Tree<Tensor>;
    first: Tree<Tensor>;
    second: Tree<Tensor>;
    count: Tensor;
  };
  const { value, aux, gradients } = valueAndGradients(
    (p: Tree<Tensor>) => loss(p as unknown as Params, ids),
    params,
  );
  const next = add(count, scalar(1, 'int32'));
  const correct = (beta: number) => sub(1, exp(mul(next, Math.log(beta))));
  const moment = (beta: number, old: Tree<Tensor>, of: (g: Tensor) => Tensor) =>
    zipTrees<Tensor, Tensor, Tensor>(old, gradients, (m, g) => add(mul(m, beta), mul(of(g), 1 - beta)));
  const [m, v] = [moment(0.9, first, (g) => g), moment(0.95, second, square)];
  const direction = zipTrees<Tensor, Tensor, Tensor>(m, v, (a, b) =>
    div(div(a, correct(0.9)), add(sqrt(div(b, correct(0.95))), epsilon)),
  );
  const updated = zipTrees<Tensor, Tensor, Tensor>(params, direction, (p, d) =>
    sub(p, mul(rate, add(d, mul(p, 0.05)))),
  );
  return {
    state: { params: updated, first: m, second: v, count: next } as Tree<Tensor>,
    loss: value,
    norm: aux.norm,
  };
}

export const ids = integers([2, tokens], 0, 11);

export async function train(
  run: (state: Tree<NdArray>, ids: NdArray, rate: number) => Promise<unknown>,
  steps: number,
) {
  let state = initial();
  let result: Tree<NdArray> = state;
  for (let i = 0; i < steps; i++) {
    result = (await run(state, ids, 0.01)) as Tree<NdArray>;
    state = (result as { state: Tree<NdArray> }).state;
  }
  return result;
}
