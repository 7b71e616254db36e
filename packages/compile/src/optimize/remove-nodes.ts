import { sizeOfShape } from '@m3ae/tree';
import { type Graph, ints, type Node, type Value } from '../ir/graph.js';
import { countReads, producersOf, readsOf, replaceReads } from './nodes.js';
import { rewrite, type Rewriting } from './rewrite.js';

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

const sameShape = (a: Value, b: Value) =>
  a.shape.length === b.shape.length && a.shape.join() === b.shape.join();

/** Operand that leaves the other one as it is, by operator and side. */
const neutral: Readonly<Record<string, readonly [left: number | undefined, right: number | undefined]>> = {
  Add: [0, 0],
  Sub: [undefined, 0],
  Mul: [1, 1],
  Div: [undefined, 1],
  Pow: [undefined, 1],
};

/**
 * Removes nodes that give back what they are given: no-op moves and casts, x + 0, x * 1.
 *
 * An argument plus 0 stays: what the caller hands over may be -0, as a sum that has just begun, and becomes 0.
 */
export function removeIdentities(graph: Graph): Graph {
  const given = new Set(graph.inputs);
  return rewrite(graph, (node, rewriting) => {
    const [first] = node.inputs;
    const output = node.outputs[0];
    if (first === undefined || output === undefined) return undefined;
    switch (node.op) {
      case 'Identity':
        return first;
      case 'Cast':
        return first.dtype === output.dtype ? first : undefined;
      case 'Reshape':
      case 'Expand':
        return sameShape(first, output) ? first : undefined;
      case 'Transpose':
        return permOf(node).every((axis, i) => axis === i) ? first : undefined;
      default:
        return node.op in neutral ? withoutNeutral(node, output, rewriting, given) : undefined;
    }
  });
}

/** With a neutral operand of a larger shape, what is left is a broadcast. */
function withoutNeutral(
  node: Node,
  output: Value,
  { uniform, addConstant }: Rewriting,
  given: ReadonlySet<Value>,
): Node | Value | undefined {
  const [left, right] = node.inputs;
  const [ofLeft, ofRight] = neutral[node.op]!;
  const other = isEqual(uniform(right), ofRight) ? left : isEqual(uniform(left), ofLeft) ? right : undefined;
  if (other === undefined) return undefined;
  if (node.op === 'Add' && output.dtype === 'float32' && given.has(other)) return undefined;
  if (sameShape(other, output)) return other;
  if (sizeOfShape(output.shape) === 0) return undefined;
  const shape = addConstant(BigInt64Array.from(output.shape, BigInt), [output.shape.length], 'int64');
  return { op: 'Expand', inputs: [other, shape], outputs: [output], attributes: {} };
}

const isEqual = (element: number | undefined, wanted: number | undefined) =>
  wanted !== undefined && element === wanted;

/** Joins a Reshape of a Reshape, a Transpose of a Transpose, and a Cast of a Cast that loses nothing, into one. */
export function mergeMoves(graph: Graph): Graph {
  return rewrite(graph, (node, { producer }) => {
    const earlier = producer(node.inputs[0]);
    if (earlier === undefined || earlier.op !== node.op) return undefined;
    const source = earlier.inputs[0]!;
    switch (node.op) {
      case 'Reshape':
        return { ...node, inputs: [source, node.inputs[1]] };
      case 'Transpose': {
        const perm = ints(permOf(node).map((axis) => permOf(earlier)[axis]!));
        return { ...node, inputs: [source], attributes: { perm } };
      }
      case 'Cast':
        return isWidening(source, earlier.outputs[0]!) ? { ...node, inputs: [source] } : undefined;
      default:
        return undefined;
    }
  });
}

/** Where each axis of a Transpose comes from; ONNX turns them round where nothing is said. */
function permOf({ attributes, inputs }: Node): readonly number[] {
  if (attributes.perm?.type === 'ints') return attributes.perm.value;
  return inputs[0]!.shape.map((_, axis) => axis).reverse();
}

/** Truth values fit everywhere, and int32 fits int64; float32 holds only 24 bits of an int32. */
function isWidening(from: Value, to: Value): boolean {
  return from.dtype === 'bool' || (from.dtype === 'int32' && to.dtype === 'int64');
}

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
  return { ...graph, nodes: withoutNodes(graph, obsolete, renamed) };
}

/**
 * Makes outputs of what a Reshape at the very end would have copied: the caller knows the shape it wants.
 * The outputs keep their names and elements; their shapes may differ from what was recorded.
 */
export function dropOutputReshapes(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = countReads(graph);
  const renamed = new Map<Value, Value>();
  const obsolete = new Set<Node>();
  const outputs = graph.outputs.map((output) => {
    const reshape = producers.get(output);
    if (reshape?.op !== 'Reshape') return output;
    const source = reshape.inputs[0]!;
    // The source must be made by a node and read by nobody else, as it takes over the output's name.
    if (!producers.has(source) || reads.get(source) !== 1 || reads.get(output) !== 1) return output;
    const named: Value = { ...source, name: output.name! };
    renamed.set(source, named);
    obsolete.add(reshape);
    return named;
  });
  return { ...graph, nodes: withoutNodes(graph, obsolete, renamed), outputs };
}

/** The other nodes, which make and read values under their new names. */
function withoutNodes(graph: Graph, obsolete: ReadonlySet<Node>, renamed: ReadonlyMap<Value, Value>): Node[] {
  const left = graph.nodes.filter((node) => !obsolete.has(node));
  return left.map((node) => ({
    ...replaceReads(node, renamed),
    outputs: node.outputs.map((value) => value && (renamed.get(value) ?? value)),
  }));
}
