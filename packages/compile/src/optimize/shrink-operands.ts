import { sizeOfShape } from '@m3ae/tree';
import { backend_util } from '@tensorflow/tfjs-core';
import type { Graph, Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';

const broadcasting = new Set(
  'Add Sub Mul Div Pow Mod Max Min Where And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual'.split(' '),
);

/**
 * Lets operators that broadcast do so: a repeated constant becomes a scalar, and an Expand before them goes.
 *
 * tfjs writes many gradients as products with a full tensor of ones; this is where those vanish.
 */
export function shrinkOperands(graph: Graph): Graph {
  return rewrite(graph, (node, rewriting) => {
    if (!broadcasting.has(node.op)) return undefined;
    const output = node.outputs[0]!;
    let inputs = node.inputs as readonly Value[];
    for (let i = 0; i < inputs.length; i++) {
      const smaller = shrink(inputs[i]!, rewriting);
      const candidate = inputs.map((input, j) => (j === i ? (smaller ?? input) : input));
      if (smaller && broadcastOf(candidate) === output.shape.join()) inputs = candidate;
    }
    return inputs === node.inputs ? undefined : { ...node, inputs };
  });
}

function shrink(value: Value, { uniform, addConstant, producer }: Rewriting): Value | undefined {
  const element = uniform(value);
  if (element !== undefined)
    return value.shape.length > 0 ? addConstant([element], [], value.dtype) : undefined;
  const maker = producer(value);
  if (maker?.op !== 'Expand' || sizeOfShape(value.shape) === 0) return undefined;
  return maker.inputs[0];
}

function broadcastOf(values: readonly Value[]): string {
  return values
    .map((value) => [...value.shape])
    .reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b))
    .join();
}
