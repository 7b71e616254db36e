import { graphBuilder, type GraphBuilder } from '../ir/builder.js';
import type { Graph, Node, Value } from '../ir/graph.js';

/** Builds what takes a node's place; returns one value for each of the node's outputs. */
export type Replacement = (builder: GraphBuilder) => readonly (Value | undefined)[];

/**
 * Puts other nodes in the place of some.
 *
 * @param choose - Returns the replacement of a node, or undefined to keep it.
 */
export function replaceNodes(graph: Graph, choose: (node: Node) => Replacement | undefined): Graph {
  const constants = new Map(graph.constants);
  const renamed = new Map<Value, Value>();
  const current = (value: Value | undefined) => (value && renamed.get(value)) ?? value;
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map(current) };
    const replacement = choose(node);
    if (replacement === undefined) {
      nodes.push(node);
      continue;
    }
    const builder = graphBuilder();
    const results = replacement(builder);
    const built = builder.finish([], []);
    nodes.push(...built.nodes);
    built.constants.forEach((data, value) => constants.set(value, data));
    original.outputs.forEach((output, i) => {
      if (output && results[i]) renamed.set(output, results[i]);
    });
  }
  return { inputs: graph.inputs, outputs: graph.outputs.map((value) => current(value)!), nodes, constants };
}
