import { sizeOfShape } from '@m3ae/tree';
import { uniformElement } from '../ir/constant.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { replaceNodes } from './replace-nodes.js';
import { countReads, producersOf } from './walk.js';

/**
 * x + (c ? y : 0) becomes c ? x + y : x for a condition of one element.
 *
 * So an update that a step may leave out ends in its condition, as its moments do, and a block of all three can ask once.
 */
export function liftGuards(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = countReads(graph);
  const guarded = (value: Value): readonly [condition: Value, value: Value] | undefined => {
    const node: Node | undefined = producers.get(value);
    if (node?.op !== 'Where' || reads.get(value) !== 1) return undefined;
    const [condition, chosen, otherwise] = node.inputs as readonly [Value, Value, Value];
    const isZero = uniformElement(graph.constants.get(otherwise)) === 0;
    const isFull = chosen.shape.join() === value.shape.join();
    return isZero && isFull && sizeOfShape(condition.shape) === 1 ? [condition, chosen] : undefined;
  };
  return replaceNodes(graph, (node) => {
    const sum = node.outputs[0]!;
    if (node.op !== 'Add' || sum.dtype !== 'float32') return undefined;
    const [a, b] = node.inputs as readonly [Value, Value];
    for (const [x, update] of [
      [a, b],
      [b, a],
    ] as const) {
      const found = guarded(update);
      if (found === undefined || x.shape.join() !== sum.shape.join()) continue;
      const [condition, y] = found;
      return (builder) => [builder.node('Where', [condition, builder.node('Add', [x, y], sum), x], sum)];
    }
    return undefined;
  });
}
