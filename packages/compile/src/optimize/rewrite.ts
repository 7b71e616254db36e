import { sizeOfShape } from '@m3ae/tree';
import { typedData, uniformElement } from '../ir/constant.js';
import {
  type ConstantData,
  createValue,
  type ElementType,
  type Graph,
  type Node,
  type Value,
} from '../ir/graph.js';
import { countReads, replaceReads } from './walk.js';

/** What a rule may ask and add. */
export interface Rewriting {
  /** The node that makes a value, as rewritten so far. */
  producer(value: Value | undefined): Node | undefined;
  /** Elements of a constant, else undefined. */
  constant(value: Value | undefined): ConstantData | undefined;
  /** The one element all elements of a constant equal, else undefined. */
  uniform(value: Value | undefined): number | undefined;
  /** How often the graph reads a value, before this pass. */
  reads(value: Value): number;
  /** A new constant; one element stands for all. */
  addConstant(data: readonly number[] | ConstantData, shape: readonly number[], dtype: ElementType): Value;
}

/**
 * A local change of a graph. Returns nothing to keep a node; a value of equal shape and element type to stand for
 * the node's first output; or a node with the same outputs to stand in its place.
 */
export type Rule = (node: Node, rewriting: Rewriting) => Node | Value | undefined;

/** Applies a rule to every node in order; each node is seen with its inputs already rewritten. */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const constants = new Map(graph.constants);
  const producers = new Map<Value, Node>();
  const replaced = new Map<Value, Value>();
  const kept = new Set(graph.outputs);
  let counts: ReadonlyMap<Value, number> | undefined; // few rules ask
  const nodes: Node[] = [];
  const rewriting: Rewriting = {
    producer: (value) => value && producers.get(value),
    constant: (value) => value && constants.get(value),
    uniform: (value) =>
      value && (sizeOfShape(value.shape) > 0 ? uniformElement(constants.get(value)) : undefined),
    reads: (value) => (counts ??= countReads(graph)).get(value) ?? 0,
    addConstant(data, shape, dtype) {
      const value = createValue([...shape], dtype);
      constants.set(value, Array.isArray(data) ? typedData(data, dtype) : (data as ConstantData));
      return value;
    },
  };
  const append = (node: Node) => {
    nodes.push(node);
    for (const output of node.outputs) if (output) producers.set(output, node);
  };
  for (const original of graph.nodes) {
    const node = replaceReads(original, (value) => replaced.get(value) ?? value);
    const answer = rule(node, rewriting);
    if (answer === undefined) append(node);
    else if ('op' in answer) append(answer);
    else {
      const output = node.outputs[0]!;
      replaced.set(output, answer);
      // An output of the graph keeps its name.
      if (kept.has(output)) append({ op: 'Identity', inputs: [answer], outputs: [output], attributes: {} });
    }
  }
  return { ...graph, nodes, constants };
}
