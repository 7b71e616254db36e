import type { Graph, Node, Value } from '../ir/graph.js';

/** Nodes whose output may be the memory of their input. */
export const views: ReadonlySet<string> = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

/** The node that makes each value. */
export function producersOf(graph: Graph): Map<Value, Node> {
  const producers = new Map<Value, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) if (output) producers.set(output, node);
  return producers;
}

/** The nodes that read each value, in their order; one that reads it twice stands there once. */
export function readersOf(graph: Graph): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes)
    for (const value of new Set(readsOf(node))) {
      const known = readers.get(value);
      if (known) known.push(node);
      else readers.set(value, [node]);
    }
  return readers;
}

/** What nodes with subgraphs read: each pass asks anew, and a node never changes. */
const known = new WeakMap<Node, readonly Value[]>();

/** All values a node reads: its inputs, and what its subgraphs take from around them. */
export function readsOf(node: Node): readonly Value[] {
  const own = node.inputs.filter((input) => input !== undefined);
  if (!node.subgraphs) return own;
  const found = known.get(node) ?? [...own, ...Object.values(node.subgraphs).flatMap(capturesOf)];
  known.set(node, found);
  return found;
}

/** Values that a subgraph reads without making them. */
function capturesOf(graph: Graph): Value[] {
  const made = new Set([...graph.inputs, ...graph.constants.keys(), ...producersOf(graph).keys()]);
  return [...graph.nodes.flatMap(readsOf), ...graph.outputs].filter((value) => !made.has(value));
}

/** How often each value is read, by nodes or as an output of the graph. */
export function countReads(graph: Graph): Map<Value, number> {
  const counts = new Map<Value, number>();
  for (const value of [...graph.nodes.flatMap(readsOf), ...graph.outputs])
    counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The same node, reading other values, also inside of its subgraphs. */
export function replaceReads(node: Node, replace: (value: Value) => Value): Node {
  const changed = readsOf(node).some((value) => replace(value) !== value);
  if (!changed) return node;
  const inputs = node.inputs.map((input) => input && replace(input));
  if (!node.subgraphs) return { ...node, inputs };
  const bodies = Object.entries(node.subgraphs).map(
    ([name, body]) => [name, replaceInGraph(body, replace)] as const,
  );
  return { ...node, inputs, subgraphs: Object.fromEntries(bodies) };
}

function replaceInGraph(graph: Graph, replace: (value: Value) => Value): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => replaceReads(node, replace)),
    outputs: graph.outputs.map(replace),
  };
}
