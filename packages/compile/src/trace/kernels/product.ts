import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from '@tensorflow/tfjs-core';
import { float, text, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { broadcast, type Emitter, type Emitters, result } from '../emitter.js';
import { binaryNode, clipNode } from './arithmetic.js';
import { transposeNode } from './movement.js';

/** Swaps the last two axes; a later pass folds it into the product. */
function swapLast(graph: GraphBuilder, x: Value): Value {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return transposeNode(graph, x, perm);
}

/** Matrix product over the last two axes, the others broadcast. */
function matMulNode(graph: GraphBuilder, a: Value, b: Value, transposeA = false, transposeB = false): Value {
  const [left, right] = [transposeA ? swapLast(graph, a) : a, transposeB ? swapLast(graph, b) : b];
  const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...batch, left.shape.at(-2)!, right.shape.at(-1)!];
  return graph.node('MatMul', [left, right], result(shape, a.dtype));
}

const batchMatMul: Emitter = ({ graph, input, attributes }) => {
  const { transposeA, transposeB } = attributes<BatchMatMulAttrs>();
  return matMulNode(graph, input('a'), input('b'), transposeA, transposeB);
};

const fusedMatMul: Emitter = ({ graph, input, has, attributes }) => {
  const { transposeA, transposeB, activation, leakyreluAlpha } = attributes<_FusedMatMulAttrs>();
  let y = matMulNode(graph, input('a'), input('b'), transposeA, transposeB);
  if (has('bias')) y = binaryNode(graph, 'Add', y, input('bias'));
  const same = y;
  switch (activation ?? 'linear') {
    case 'linear':
      return y;
    case 'relu':
      return graph.node('Relu', [y], same);
    case 'relu6':
      return clipNode(graph, y, 0, 6);
    case 'elu':
      return graph.node('Elu', [y], same);
    case 'sigmoid':
      return graph.node('Sigmoid', [y], same);
    case 'leakyrelu':
      return graph.node('LeakyRelu', [y], same, { attributes: { alpha: float(leakyreluAlpha ?? 0.2) } });
    default:
      return graph.node('PRelu', [y, input('preluActivationWeights')], same);
  }
};

const einsum: Emitter = ({ graph, list, attributes }) => {
  const equation = attributes<EinsumAttrs>().equation.replaceAll(/\s/g, '');
  const [terms, output = ''] = equation.split('->');
  const lengths = new Map<string, number>();
  terms!
    .split(',')
    .forEach((term, i) => [...term].forEach((axis, at) => lengths.set(axis, list[i]!.shape[at]!)));
  const shape = [...output].map((axis) => lengths.get(axis)!);
  return graph.node('Einsum', list, result(shape, list[0]!.dtype), {
    attributes: { equation: text(equation) },
  });
};

/** Kernels that multiply matrices. */
export const product: Emitters = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
};
