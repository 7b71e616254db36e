import { sizeOfShape } from '@m3ae/tree';
import type { Node, Value } from '../../ir/graph.js';

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
