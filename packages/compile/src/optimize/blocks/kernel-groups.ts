import { sizeOfShape } from '@m3ae/tree';
import { createValue, type Graph, int, type Node, text, type Value } from '../../ir/graph.js';
import { type Group, membersOf } from './groups.js';
import { isColumnSum, reducedAxes, type Role, roleOf } from '../nodes.js';
import { interfaceOf, type Scanned } from './scan-groups.js';

/**
 * Which chains become one node of `@m3ae/kernels`: those whose results have the same bits then, or also those that sum in
 * another order or approximate an activation in another way, within some 1e-7 of it.
 */
export type KernelUse = 'exact' | 'fast';

/** Numbers of operations in a program for that node, as its source lists them; those of the first list are exact. */
const operations = numbered(
  'Add Sub Mul Div Greater GreaterOrEqual Less LessOrEqual Equal And Or',
  'Max Min',
  'Neg Abs Sqrt Not Reciprocal Cast Where',
  'Exp Tanh Erf FastGelu Gelu Log ReduceSum ReduceMean ReduceMax ReduceMin',
);
const columnSum = operations.size;
const exact = new Set(
  'Add Sub Mul Div Greater GreaterOrEqual Less LessOrEqual Equal And Or Neg Abs Sqrt Not Cast Where'.split(
    ' ',
  ),
);

function numbered(...lists: readonly string[]): ReadonlyMap<string, number> {
  return new Map(lists.flatMap((list) => list.split(' ')).map((op, place) => [op, place]));
}

const kinds: Readonly<Record<Role | 'total', number>> = { full: 0, column: 1, row: 2, scalar: 3, total: 4 };
const ofBooleans = 8;

/**
 * Writes a group as one node that runs it block by block, in one pass through memory.
 *
 * @param reads - How often the graph reads each value.
 * @returns undefined if the node lacks an operation or element type.
 */
export function kernelGroup(
  graph: Graph,
  group: Group,
  use: KernelUse,
  reads: ReadonlyMap<Value, number>,
): Scanned | undefined {
  const members = membersOf(graph, group);
  if (!members.every((node) => isKnown(node, use))) return undefined;
  const io = interfaceOf(graph, members, reads);
  const constants = new Map<Value, Float32Array>();
  const inputs = io.inputs.map((value) => shrunk(value, graph, constants));
  if (![...inputs, ...io.outputs].every(({ dtype }) => dtype === 'float32' || dtype === 'bool'))
    return undefined;
  const { full } = group;
  const places = new Map(io.inputs.map((value, place) => [value, place]));
  const steps = members.map((node, i) => {
    const [output] = node.outputs;
    const axes = reducedAxes(node, graph.constants);
    const total = isColumnSum(node, axes);
    places.set(output!, inputs.length + i);
    const operands = (axes === undefined ? node.inputs : node.inputs.slice(0, 1)).map((value) =>
      places.get(value!)!,
    );
    const kind = kinds[total ? 'total' : roleOf(output!, full)!];
    return [total ? columnSum : operations.get(node.op)!, kind, ...operands, -1, -1].slice(0, 5);
  });
  const results = io.outputs.map((value) => [
    places.get(value)! - inputs.length,
    Number(value.dtype === 'bool'),
    value.shape.length,
    ...value.shape,
  ]);
  const inputKinds = inputs.map(
    (value) => kinds[roleOf(value, full)!] + (value.dtype === 'bool' ? ofBooleans : 0),
  );
  const usesRows = [...inputKinds.map((kind) => kind % ofBooleans), ...steps.map(([, kind]) => kind)].some(
    (kind) => kind !== kinds.full && kind !== kinds.scalar,
  );
  const width = usesRows ? full.at(-1)! : 1;
  const program = [
    inputs.length,
    steps.length,
    results.length,
    ...inputKinds,
    ...steps.flat(),
    ...results.flat(),
  ];
  const node: Node = {
    op: 'Elementwise',
    domain: 'm3ae',
    inputs,
    outputs: io.outputs,
    attributes: {
      rows: int(sizeOfShape(full) / width),
      width: int(width),
      program: text(program.join(' ')),
    },
  };
  return { nodes: [node], constants, renamed: new Map() };
}

function isKnown(node: Node, use: KernelUse): boolean {
  const known = use === 'exact' ? exact.has(node.op) : operations.has(node.op);
  const { dtype } = node.outputs[0]!;
  const inputs = node.inputs.filter((value) => value !== undefined);
  if (node.op === 'Cast') return inputs[0]!.dtype === 'bool' && dtype === 'float32';
  if (node.op === 'Max' || node.op === 'Min') return known && inputs.length === 2;
  return known && (dtype === 'float32' || dtype === 'bool');
}

/** One element in the place of a constant of equal elements, so that no table is filled with it. */
function shrunk(value: Value, graph: Graph, constants: Map<Value, Float32Array>): Value {
  const data = graph.constants.get(value);
  if (!(data instanceof Float32Array) || data.length !== 1 || sizeOfShape(value.shape) === 1) return value;
  const scalar = createValue([], 'float32');
  constants.set(scalar, data);
  return scalar;
}
