import { int, type Graph, type Node, type Value } from '../ir/graph.js';
import { replaceNodes } from './replace-nodes.js';
import { producersOf } from './walk.js';

/** Whole numbers up to here are exact in float32. */
const mostExact = 2 ** 24;

/**
 * Finds places of largest elements without int64, which a GPU leaves to the CPU in mid-step: of the places whose element is
 * the largest, the smallest.
 */
export function lowerArgMax(graph: Graph): Graph {
  const producers = producersOf(graph);
  const argMaxOf = (node: Node) => {
    const from =
      node.op === 'Cast' && node.outputs[0]!.dtype === 'int32' ? producers.get(node.inputs[0]!) : undefined;
    return from?.op === 'ArgMax' ? from : undefined;
  };
  return replaceNodes(graph, (node) => {
    const found = argMaxOf(node);
    const axis = found?.attributes.axis?.value;
    if (found === undefined || typeof axis !== 'number') return undefined;
    const x = found.inputs[0]!;
    const along = (axis + x.shape.length) % x.shape.length;
    const length = x.shape[along]!;
    if (x.dtype !== 'float32' || length > mostExact) return undefined;
    return (builder) => {
      const reduce = (op: string, value: Value, shape: readonly number[], keep: boolean) =>
        builder.node(
          op,
          [value, builder.int64([along])],
          { shape, dtype: 'float32' },
          { attributes: { keepdims: int(Number(keep)) } },
        );
      const one = x.shape.map((size, i) => (i === along ? 1 : size));
      const places = x.shape.map((size, i) => (i === along ? size : 1));
      const isLargest = builder.node('Equal', [x, reduce('ReduceMax', x, one, true)], {
        shape: x.shape,
        dtype: 'bool',
      });
      const own = builder.constant(
        Float32Array.from({ length }, (_, i) => i),
        places,
        'float32',
      );
      const candidates = builder.node('Where', [isLargest, own, builder.fill(length, [], 'float32')], {
        shape: x.shape,
        dtype: 'float32',
      });
      const { shape } = node.outputs[0]!;
      const first = reduce('ReduceMin', candidates, shape, shape.length === x.shape.length);
      return [builder.cast(first, 'int32')];
    };
  });
}
