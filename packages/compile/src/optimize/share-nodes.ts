import type { ConstantData, Graph, Node, Value } from '../ir/graph.js';
import { rewrite } from './rewrite.js';
import { replaceReads } from './walk.js';

/** Elements up to which constants are compared; larger ones are seldom equal, and slow to compare. */
const comparedElements = 256;

/** Computes equal things once: nodes with the same operator, operands and attributes, and equal small constants. */
export function shareNodes(graph: Graph): Graph {
  const seen = new Map<string, Value>();
  return rewrite(shareConstants(graph), (node) => {
    if (node.subgraphs || node.outputs.length !== 1) return undefined;
    const key = keyOf(node);
    const same = seen.get(key);
    if (same === undefined) seen.set(key, node.outputs[0]!);
    return same;
  });
}

function keyOf({ op, domain, inputs, attributes }: Node): string {
  return JSON.stringify([op, domain, inputs.map((input) => input?.id ?? null), attributes]);
}

function shareConstants(graph: Graph): Graph {
  const seen = new Map<string, Value>();
  const replaced = new Map<Value, Value>();
  const constants = new Map<Value, ConstantData>();
  for (const [value, data] of graph.constants) {
    const key =
      data.length > comparedElements ? undefined : `${value.dtype}[${value.shape}]${describe(data)}`;
    const same = key === undefined ? undefined : seen.get(key);
    if (same === undefined) {
      constants.set(value, data);
      if (key !== undefined) seen.set(key, value);
    } else replaced.set(value, same);
  }
  const nodes = graph.nodes.map((node) => replaceReads(node, (value) => replaced.get(value) ?? value));
  return { ...graph, nodes, constants };
}

/** Tells 0 from -0, which are equal to join(). */
function describe(data: ConstantData): string {
  return Array.from(data as ArrayLike<unknown>, (each) => (Object.is(each, -0) ? '-0' : String(each))).join();
}
