import type { Graph, Node, Value } from '../ir/graph.js';
import { readsOf } from './walk.js';

/** Removes nodes and constants that no output depends on. Inputs stay: they are the function's arguments. */
export function removeDeadNodes(graph: Graph): Graph {
  const live = new Set<Value>(graph.outputs);
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => output && live.has(output))) continue;
    for (const value of readsOf(node)) live.add(value);
    nodes.push(node);
  }
  const constants = new Map([...graph.constants].filter(([value]) => live.has(value)));
  return { ...graph, nodes: nodes.reverse(), constants };
}
