import type { Graph, Node, Value } from '../ir/graph.js';
import { producersOf, replaceReads } from './walk.js';

/** Lets nodes make the outputs of the graph themselves, where an Identity would only have given them their name. */
export function nameOutputs(graph: Graph): Graph {
  const producers = producersOf(graph);
  const taken = new Set(graph.outputs);
  const renamed = new Map<Value, Value>();
  const obsolete = new Set<Node>();
  for (const output of graph.outputs) {
    const node = producers.get(output);
    const source = node?.inputs[0];
    if (node?.op !== 'Identity' || source === undefined) continue;
    // Inputs and constants have no producer; one value can carry one name only.
    if (!producers.has(source) || taken.has(source) || renamed.has(source)) continue;
    renamed.set(source, output);
    obsolete.add(node);
  }
  const rename = (value: Value) => renamed.get(value) ?? value;
  const nodes = graph.nodes
    .filter((node) => !obsolete.has(node))
    .map((node) => ({
      ...replaceReads(node, rename),
      outputs: node.outputs.map((value) => value && rename(value)),
    }));
  return { ...graph, nodes };
}
