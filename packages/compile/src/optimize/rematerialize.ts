import { createValue, type Node, type Pass, type Value } from '../ir/graph.js';
import { turningPoint } from './alive-memory.js';
import { readsOf, replaceReads, views } from './walk.js';

/** Operators that take next to no time beside the products around them. */
const cheap: ReadonlySet<string> = new Set(['FastGelu', 'Gelu', 'LayerNormalization']);

/**
 * Computes some results a second time, where the gradient needs them, instead of keeping them till then: activations and
 * norms, whose operands are kept anyway. The bits stay the same.
 *
 * @param largest - Bytes of intermediate results up to which nothing is done.
 */
export const rematerialize =
  (largest: number): Pass =>
  (graph) => {
    const memory = turningPoint(graph, largest);
    if (memory === undefined) return graph;
    const readers = new Map<Value, number[]>();
    graph.nodes.forEach((node, i) => {
      for (const value of new Set(readsOf(node))) readers.set(value, [...(readers.get(value) ?? []), i]);
    });
    const made = new Set<Value>(
      graph.nodes.flatMap(({ outputs }) => outputs).filter((value) => value !== undefined),
    );
    const again = new Map<number, Node[]>();
    const replaced = new Map<Value, Value>();
    for (const node of graph.nodes.slice(0, memory.at + 1)) {
      const result = node.outputs[0];
      if (!cheap.has(node.op) || result === undefined || result.name !== undefined) continue;
      const places = readers.get(result) ?? [];
      const first = places.find((i) => i > memory.at);
      if (first === undefined || places[0] === first || places.some((i) => views.has(graph.nodes[i]!.op)))
        continue;
      const operands = readsOf(node).filter((value) => made.has(value));
      if (operands.some((value) => (memory.lastRead(value) ?? 0) < first)) continue;
      const copy = createValue(result.shape, result.dtype);
      replaced.set(result, copy);
      again.set(first, [...(again.get(first) ?? []), { ...node, outputs: [copy] }]);
    }
    return {
      ...graph,
      nodes: graph.nodes.flatMap((node, i) =>
        i <= memory.at
          ? [node]
          : [...(again.get(i) ?? []), replaceReads(node, (value) => replaced.get(value) ?? value)],
      ),
    };
  };
