import { sizeOfShape } from '@m3ae/tree';
import { uniformElement } from '../ir/constant.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { replaceNodes } from './replace-nodes.js';
import { producersOf, readersOf } from './walk.js';

/** Factors that neither lift a small scalar out of its range nor push a usual one below it. */
const [smallestFactor, largestFactor] = [2 ** -20, 1];

/**
 * (x · s) · c becomes x · (c · s) for a scalar s that is computed and a constant c, where nobody else reads x · s.
 *
 * So a clipped gradient is never written: its scale joins the factors of the moments, one multiplication a step in place of one an
 * element. A result may differ by its last bit; constants between 2⁻²⁰ and 1 alone are joined, so that no product over- or underflows that did not before,
 * unless s itself lies within 2²⁰ of float32's smallest number.
 */
export function joinFactors(graph: Graph): Graph {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs);

  /** A product of a table and one number, as both. */
  const split = (node: Node | undefined): { table: Value; factor: Value } | undefined => {
    if (node?.op !== 'Mul' || node.outputs[0]!.dtype !== 'float32') return undefined;
    const [a, b] = node.inputs as readonly [Value, Value];
    const [one, other] = sizeOfShape(a.shape) === 1 ? [a, b] : [b, a];
    const isScaled = one.shape.length === 0 && sizeOfShape(other.shape) > 1;
    return isScaled ? { table: other, factor: one } : undefined;
  };
  const isJoinable = (factor: Value) => {
    const element = uniformElement(graph.constants.get(factor));
    return element !== undefined && element >= smallestFactor && element <= largestFactor;
  };
  const joins = (value: Value) =>
    !outputs.has(value) &&
    readers.get(value)!.every((reader) => {
      const parts = split(reader);
      return parts?.table === value && isJoinable(parts.factor);
    });

  return replaceNodes(graph, (node) => {
    const outer = split(node);
    const inner = split(outer && producers.get(outer.table));
    if (outer === undefined || inner === undefined) return undefined;
    if (graph.constants.has(inner.factor) || !isJoinable(outer.factor) || !joins(outer.table))
      return undefined;
    return (builder) => {
      const factor = builder.node('Mul', [outer.factor, inner.factor], { shape: [], dtype: 'float32' });
      return [builder.node('Mul', [inner.table, factor], node.outputs[0]!)];
    };
  });
}
