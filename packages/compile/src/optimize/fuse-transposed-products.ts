import { int, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';

/**
 * Folds a transposition of the last two axes into the matrix product that reads it.
 *
 * ONNX Runtime's FusedMatMul multiplies transposed operands without moving them. It is not in the ONNX standard.
 */
export function fuseTransposedProducts(graph: Graph): Graph {
  return rewrite(graph, (node, { producer }: Rewriting) => {
    if (node.op !== 'MatMul' || node.outputs[0]!.dtype !== 'float32') return undefined;
    const [left, right] = node.inputs;
    const [a, b] = [untransposed(producer(left)), untransposed(producer(right))];
    if (a === undefined && b === undefined) return undefined;
    const attributes = { transA: int(a ? 1 : 0), transB: int(b ? 1 : 0) };
    return {
      op: 'FusedMatMul',
      domain: 'com.microsoft',
      inputs: [a ?? left, b ?? right],
      outputs: node.outputs,
      attributes,
    };
  });
}

/** What a node that swaps the last two axes was given. */
function untransposed(node: Node | undefined): Value | undefined {
  const perm = node?.op === 'Transpose' ? node.attributes.perm : undefined;
  if (node === undefined || perm?.type !== 'ints') return undefined;
  const last = perm.value.length - 1;
  const swapped = perm.value.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i));
  return last > 0 && swapped.join() === perm.value.join() ? node.inputs[0] : undefined;
}
