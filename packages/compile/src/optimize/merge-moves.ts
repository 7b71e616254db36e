import { ints, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';

/** Joins a Reshape of a Reshape, a Transpose of a Transpose, and a Cast of a Cast that loses nothing, into one. */
export function mergeMoves(graph: Graph): Graph {
  return rewrite(graph, (node, { producer }: Rewriting) => {
    const earlier = producer(node.inputs[0]);
    if (earlier === undefined || earlier.op !== node.op) return undefined;
    const source = earlier.inputs[0]!;
    switch (node.op) {
      case 'Reshape':
        return { ...node, inputs: [source, node.inputs[1]] };
      case 'Transpose':
        return {
          ...node,
          inputs: [source],
          attributes: { perm: ints(permOf(node).map((axis) => permOf(earlier)[axis]!)) },
        };
      case 'Cast':
        return isWidening(source, earlier.outputs[0]!) ? { ...node, inputs: [source] } : undefined;
      default:
        return undefined;
    }
  });
}

function permOf(node: Node): readonly number[] {
  const { perm } = node.attributes;
  return perm?.type === 'ints' ? perm.value : [];
}

/** Truth values fit everywhere, and int32 fits int64; float32 holds only 24 bits of an int32. */
function isWidening(from: Value, to: Value): boolean {
  return from.dtype === 'bool' || (from.dtype === 'int32' && to.dtype === 'int64');
}
