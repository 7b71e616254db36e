import { sizeOfShape } from '@m3ae/tree';
import { type Graph, mapBodies, type Node, type Value } from '../ir/graph.js';

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

/** The same node, reading other values in the place of some, also inside of its subgraphs. */
export function replaceReads(node: Node, replaced: ReadonlyMap<Value, Value>): Node {
  if (!readsOf(node).some((value) => replaced.has(value))) return node;
  const inputs = node.inputs.map((input) => input && (replaced.get(input) ?? input));
  return mapBodies({ ...node, inputs }, (body) => ({
    ...body,
    nodes: body.nodes.map((each) => replaceReads(each, replaced)),
    outputs: body.outputs.map((value) => replaced.get(value) ?? value),
  }));
}

/** How a value takes part in work on the rows of a table [rows, width]. */
export type Role =
  /** One element for each of the table's. */
  | 'full'
  /** One element a row: last axis 1. */
  | 'column'
  /** The same `width` elements for every row. */
  | 'row'
  /** One element. */
  | 'scalar';

/** The role of a value beside a table of shape `full`, or undefined if it has none. */
export function roleOf({ shape }: Value, full: readonly number[]): Role | undefined {
  const size = sizeOfShape(shape);
  if (shape.length === full.length && shape.every((length, axis) => length === full[axis])) return 'full';
  if (size === 1) return 'scalar';
  if (shape.length > full.length || shape.length === 0) return undefined;
  const width = full.at(-1)!;
  if (shape.at(-1) === width && size === width) return 'row';
  const isColumn = shape.length === full.length && shape.at(-1) === 1 && size === sizeOfShape(full) / width;
  return isColumn ? 'column' : undefined;
}

const elementwise = new Set(
  `
  Add Sub Mul Div Max Min Pow Neg Abs Sign Reciprocal Floor Ceil Exp Log Sqrt Tanh Sigmoid Erf Sin
  Cos Relu Softplus Clip Where Greater GreaterOrEqual Less LessOrEqual Equal And Or Not Cast IsNaN
  IsInf
  `
    .trim()
    .split(/\s+/),
);
const activations = new Set(['FastGelu', 'Gelu', 'QuickGelu']);
const rowReductions = new Set(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin']);

/** Whether a node treats each element alone. */
export function isElementwise(node: Node): boolean {
  if (node.subgraphs !== undefined) return false;
  return node.domain === 'com.microsoft' ? activations.has(node.op) : elementwise.has(node.op);
}

/** Axes of a reduction whose axes are a constant, else undefined. */
export function reducedAxes(
  node: Node,
  constants: ReadonlyMap<Value, ArrayLike<number | bigint>>,
): number[] | undefined {
  if (!rowReductions.has(node.op) || node.inputs[1] === undefined) return undefined;
  const axes = constants.get(node.inputs[1]);
  const rank = node.inputs[0]!.shape.length;
  return axes && Array.from(axes, (axis) => (Number(axis) + rank) % rank);
}

/** Whether a node reduces each row of its table to one element: last axis, kept with length 1. */
export function isRowReduction(node: Node, axes: readonly number[] | undefined): boolean {
  const rank = node.inputs[0]!.shape.length;
  return axes?.length === 1 && rank > 1 && axes[0] === rank - 1 && node.outputs[0]!.shape.length === rank;
}

/** Whether a node sums all rows of its table: every axis but the last, not kept. */
export function isColumnSum(node: Node, axes: readonly number[] | undefined): boolean {
  const rank = node.inputs[0]!.shape.length;
  return (
    node.op === 'ReduceSum' &&
    axes?.length === rank - 1 &&
    rank > 1 &&
    !axes.includes(rank - 1) &&
    node.outputs[0]!.shape.length === 1
  );
}
