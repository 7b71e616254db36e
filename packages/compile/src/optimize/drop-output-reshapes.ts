import type { Graph, Value } from '../ir/graph.js';
import { countReads, producersOf } from './walk.js';

/**
 * Makes outputs of what a Reshape at the very end would have copied: the caller knows the shape it wants.
 * The outputs keep their names and elements; their shapes may differ from what was recorded.
 */
export function dropOutputReshapes(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = countReads(graph);
  const renamed = new Map<Value, Value>();
  const obsolete = new Set<unknown>();
  const outputs = graph.outputs.map((output) => {
    const reshape = producers.get(output);
    const source = reshape?.op === 'Reshape' ? reshape.inputs[0]! : undefined;
    // The source must be made by a node and read by nobody else, as it takes over the output's name.
    if (source === undefined || !producers.has(source) || reads.get(source) !== 1 || reads.get(output) !== 1)
      return output;
    const named: Value = { ...source, name: output.name! };
    renamed.set(source, named);
    obsolete.add(reshape);
    return named;
  });
  const nodes = graph.nodes
    .filter((node) => !obsolete.has(node))
    .map((node) => ({
      ...node,
      outputs: node.outputs.map((value) => value && (renamed.get(value) ?? value)),
    }));
  return { ...graph, nodes, outputs };
}
