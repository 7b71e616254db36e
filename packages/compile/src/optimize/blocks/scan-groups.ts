import { sizeOfShape } from '@m3ae/tree';
import { type GraphBuilder, graphBuilder } from '../../ir/builder.js';
import { createValue, type Graph, int, type Node, type Value } from '../../ir/graph.js';
import { reduceNode } from '../../trace/kernels/reduction.js';
import { countReads, isColumnSum, reducedAxes, replaceReads, roleOf } from '../nodes.js';
import { type Group, membersOf } from './groups.js';
import { guardOf, writeGuarded } from './guard.js';
import { nearestDivisor } from './divisor.js';

/** How a table is cut. */
interface Cut {
  readonly blocks: number;
  /** Shape of a block's part of the table. */
  readonly table: readonly number[];
}

/** What takes a group's place. */
export interface Scanned {
  readonly nodes: readonly Node[];
  readonly constants: Graph['constants'];
  /** Values that the group made for others, and what they are called now. */
  readonly renamed: ReadonlyMap<Value, Value>;
}

/**
 * Writes a group as a `Scan` over blocks of its tables' rows, so that what passes between its nodes stays in the cache.
 *
 * @param reads - How often the graph reads each value.
 * @returns undefined if the table cannot be cut into blocks of about `blockElements`, or too little is gained.
 */
export function scanGroup(
  graph: Graph,
  group: Group,
  blockElements: number,
  reads: ReadonlyMap<Value, number>,
): Scanned | undefined {
  const members = membersOf(graph, group);
  const io = interfaceOf(graph, members, reads);
  const cut = cutTable(group, members, io, blockElements);
  if (!cut) return undefined;
  const outer = graphBuilder();
  const inner = graphBuilder();
  const [scanInputs, slices, bound] = bindInputs(outer, group, io.inputs, cut);
  const write = (node: Node, builder: GraphBuilder) => inBlock(node, group, cut, bound, builder, graph);
  const guard = guardOf(members, io.outputs, io.inputs);
  const bodyNodes = guard ? [] : members.map((node) => write(node, inner));
  const results = guard
    ? writeGuarded(inner, guard, bound, write)
    : io.outputs.map((value) => bound.get(value)!);
  const built = inner.finish(slices, results);
  const body: Graph = { ...built, nodes: [...bodyNodes, ...built.nodes] };
  const stacked = outer.nodes(
    'Scan',
    scanInputs,
    results.map(({ shape, dtype }) => ({ shape: [cut.blocks, ...shape], dtype })),
    { attributes: { num_scan_inputs: int(scanInputs.length) }, subgraphs: { body } },
  );
  const renamed = new Map(
    io.outputs.map((value, i) => [value, unstack(outer, value, stacked[i]!, graph, members)]),
  );
  const { nodes, constants } = outer.finish([], []);
  return { nodes, constants, renamed };
}

/** What a group reads from outside and makes for others. */
export interface Interface {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/**
 * The values that cross the border of a group.
 *
 * @param reads - How often the graph reads each value.
 */
export function interfaceOf(
  graph: Graph,
  members: readonly Node[],
  reads: ReadonlyMap<Value, number>,
): Interface {
  const made = new Set(members.flatMap(({ outputs }) => outputs.filter((value) => value !== undefined)));
  const own = countReads({ ...graph, nodes: members, outputs: [] });
  const inputs = new Set(
    members.flatMap((node) => dataInputs(node, graph)).filter((value) => !made.has(value)),
  );
  return {
    inputs: [...inputs],
    outputs: [...made].filter((value) => reads.get(value)! > (own.get(value) ?? 0)),
  };
}

/** Inputs of a node without the axes of a reduction. */
function dataInputs(node: Node, graph: Graph): Value[] {
  const isReduction = reducedAxes(node, graph.constants) !== undefined;
  return node.inputs.filter((value, i) => value !== undefined && !(isReduction && i === 1)) as Value[];
}

/** Cuts between rows where nodes look at whole rows, else anywhere. */
function cutTable(
  { full }: Group,
  members: readonly Node[],
  io: Interface,
  blockElements: number,
): Cut | undefined {
  const size = sizeOfShape(full);
  const roles = [...io.inputs, ...io.outputs].map((value) => roleOf(value, full));
  const byElement =
    roles.every((role) => role === 'full' || role === 'scalar') &&
    members.every(({ outputs }) => roleOf(outputs[0]!, full) === 'full');
  const unit = byElement ? 1 : full.at(-1)!;
  const units = size / unit;
  const wanted = blockElements / unit;
  const count = nearestDivisor(units, wanted);
  const blocks = units / count;
  if (blocks < 4 || count < wanted / 4 || count > wanted * 4) return undefined;
  return { blocks, table: byElement ? [count] : [count, unit] };
}

/** Tables and columns go through the loop block by block; rows and scalars are read from around it. */
function bindInputs(
  outer: GraphBuilder,
  { full }: Group,
  inputs: readonly Value[],
  { blocks, table }: Cut,
): [scanInputs: Value[], slices: Value[], bound: Map<Value, Value>] {
  const bound = new Map<Value, Value>();
  const scanInputs: Value[] = [];
  const slices: Value[] = [];
  for (const value of inputs) {
    const role = roleOf(value, full)!;
    if (role === 'scalar' || role === 'row') {
      bound.set(value, outer.reshape(value, role === 'scalar' ? [] : [sizeOfShape(value.shape)]));
      continue;
    }
    const slice = createValue(role === 'full' ? table : [table[0]!, 1], value.dtype);
    scanInputs.push(outer.reshape(value, [blocks, ...slice.shape]));
    slices.push(slice);
    bound.set(value, slice);
  }
  return [scanInputs, slices, bound];
}

/** The same node on one block. */
function inBlock(
  node: Node,
  { full }: Group,
  { table }: Cut,
  bound: Map<Value, Value>,
  inner: GraphBuilder,
  graph: Graph,
): Node {
  const axes = reducedAxes(node, graph.constants);
  const output = node.outputs[0]!;
  const sumOfRows = axes !== undefined && isColumnSum(node, axes);
  const shape = sumOfRows ? [table[1]!] : roleOf(output, full) === 'full' ? table : [table[0]!, 1];
  const result = createValue(shape, output.dtype);
  bound.set(output, result);
  if (axes === undefined) return { ...replaceReads(node, bound), outputs: [result] };
  const axis = inner.int64([sumOfRows ? 0 : 1]);
  return { ...node, inputs: [bound.get(node.inputs[0]!)!, axis], outputs: [result] };
}

/** Joined blocks in the shape that others expect; sums of blocks are added up. */
function unstack(
  outer: GraphBuilder,
  value: Value,
  stacked: Value,
  graph: Graph,
  members: readonly Node[],
): Value {
  const maker = members.find(({ outputs }) => outputs[0] === value)!;
  if (!isColumnSum(maker, reducedAxes(maker, graph.constants))) return outer.reshape(stacked, value.shape);
  return reduceNode(outer, 'ReduceSum', stacked, [0], false);
}
