import { sizeOfShape } from '@m3ae/tree';
import {
  type ConstantData,
  createValue,
  type ElementType,
  type Graph,
  type Node,
  typedData,
  uniformElement,
  type Value,
} from '../ir/graph.js';
import { type GraphBuilder, graphBuilder } from '../ir/builder.js';
import { countReads, replaceReads } from './nodes.js';

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
 * A local change of a graph. Returns nothing to keep a node; a node with the same outputs to stand in its place; or, to stand for
 * the node's first output, a value of equal shape and element type, or what builds one.
 */
type Rule = (
  node: Node,
  rewriting: Rewriting,
) => Node | Value | ((builder: GraphBuilder) => Value) | undefined;

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
  const replace = (output: Value, value: Value) => {
    replaced.set(output, value);
    // An output of the graph keeps its name.
    if (kept.has(output)) append({ op: 'Identity', inputs: [value], outputs: [output], attributes: {} });
  };
  for (const original of graph.nodes) {
    const node = replaceReads(original, replaced);
    const answer = rule(node, rewriting);
    if (answer === undefined) append(node);
    else if (typeof answer === 'function') {
      const builder = graphBuilder();
      const value = answer(builder);
      const built = builder.finish([], []);
      built.nodes.forEach(append);
      built.constants.forEach((data, constant) => constants.set(constant, data));
      replace(node.outputs[0]!, value);
    } else if ('op' in answer) append(answer);
    else replace(node.outputs[0]!, answer);
  }
  return { ...graph, nodes, constants };
}
