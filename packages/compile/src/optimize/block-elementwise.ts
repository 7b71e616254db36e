import { sizeOfShape } from '@m3ae/tree';
import type { Graph, Node, Pass, Value } from '../ir/graph.js';
import { turningPoint } from './memory.js';
import { createGrouping, type Group, type Grouping } from './blocks/groups.js';
import { kernelGroup, type KernelUse } from './blocks/kernel-groups.js';
import {
  countReads,
  isColumnSum,
  isElementwise,
  isRowReduction,
  producersOf,
  readsOf,
  reducedAxes,
  replaceReads,
  roleOf,
} from './nodes.js';
import { scanGroup, type Scanned } from './blocks/scan-groups.js';

/**
 * Runs chains of elementwise nodes on large tables block by block, so that only what enters and leaves a chain
 * touches memory. Reductions of rows and sums over all rows take part.
 *
 * ONNX Runtime fuses no elementwise operators on a CPU: an AdamW update would read and write every parameter some
 * twelve times.
 *
 * @param blockElements - Elements of a table in one block; a chain needs several such tables in the cache at a time.
 * @param kernels - Write chains as nodes of `@m3ae/kernels` where it has their operations; else as a `Scan`.
 * @param largest - Kept bytes beyond which no chain crosses the turn to the gradient: what the gradient computes from kept values would
 * else be computed beside them and kept too.
 */
export const blockElementwise =
  (blockElements: number, kernels?: KernelUse, largest = Infinity): Pass =>
  (graph) => {
    const smallest = kernels === 'fast' ? worthOneNode : blockElements * 4;
    const border = turningPoint(graph, largest)?.at ?? -1;
    const groups = findGroups(graph, smallest, border).filter(
      (group) => group.nodes.size >= 3 || kernels === 'fast',
    );
    const reads = countReads(graph);
    const scanned = new Map<Group, Scanned>();
    for (const group of groups) {
      const asKernel = () => kernels && kernelGroup(graph, group, kernels, reads);
      const asScan = () => scanGroup(graph, group, blockElements, reads);
      let result: Scanned | undefined;
      if (kernels === 'fast' && group.nodes.size >= 2) result = asKernel() ?? asScan();
      else if (group.nodes.size >= 3) {
        // Only what would be a loop anyway: elsewhere ONNX Runtime fuses as it likes, with other bits.
        const loop = asScan();
        result = loop && (asKernel() ?? loop);
      }
      if (result) scanned.set(group, result);
    }
    return scanned.size === 0 ? graph : assemble(graph, scanned);
  };

/** Elements of a table from which a chain as one node of its own gains more than the node costs. */
const worthOneNode = 2048;

/** Joins each node with the groups of its producers, as far as they work on the same tables. */
function findGroups(graph: Graph, smallest: number, border: number): readonly Group[] {
  const isLast = (node: Node) => isColumnSum(node, reducedAxes(node, graph.constants));
  const grouping = createGrouping(graph, isLast);
  const producers = producersOf(graph);
  for (const [place, node] of graph.nodes.entries()) {
    const full = tableOf(node, graph, grouping, producers);
    if (!full || sizeOfShape(full) < smallest) continue;
    const near = new Set(
      node.inputs
        .map((value) => grouping.groupOf(value && producers.get(value)))
        .filter((group) => group !== undefined),
    );
    const candidates = [...near].filter(
      (group) => group.full.join() === full.join() && (place <= border || group.last > border),
    );
    const chosen: Group[] = [];
    for (const candidate of candidates) {
      const group = grouping.groupOf([...candidate.nodes][0])!;
      if (!chosen.includes(group) && grouping.join(node, [...chosen, group], full)) {
        chosen.splice(0, chosen.length, grouping.groupOf(node)!);
      }
    }
    if (chosen.length === 0 && !isLast(node)) grouping.join(node, [], full);
  }
  return grouping.all();
}

/** The shape of the tables a node works on, or undefined if it cannot run by blocks. */
function tableOf(
  node: Node,
  graph: Graph,
  grouping: Grouping,
  producers: ReadonlyMap<Value, Node>,
): readonly number[] | undefined {
  const axes = reducedAxes(node, graph.constants);
  if (axes !== undefined)
    return isRowReduction(node, axes) || isColumnSum(node, axes) ? node.inputs[0]!.shape : undefined;
  if (!isElementwise(node) || node.outputs.length !== 1 || node.outputs[0]!.dtype === 'int64')
    return undefined;
  const inputs = node.inputs.filter((value) => value !== undefined);
  if (inputs.some(({ dtype }) => dtype === 'int64')) return undefined;
  // Work on columns belongs to the tables they came from.
  const ofColumns = inputs
    .map((value) => grouping.groupOf(producers.get(value)))
    .find((group) => group && fits(node, group.full));
  const full = ofColumns?.full ?? node.outputs[0]!.shape;
  return fits(node, full) ? full : undefined;
}

function fits({ inputs, outputs }: Node, full: readonly number[]): boolean {
  const made = roleOf(outputs[0]!, full);
  return (
    (made === 'full' || made === 'column') &&
    inputs.every((value) => value === undefined || roleOf(value, full) !== undefined)
  );
}

/** The graph with groups replaced, each after all that it reads. */
function assemble(graph: Graph, scanned: ReadonlyMap<Group, Scanned>): Graph {
  const owner = new Map(
    [...scanned.keys()].flatMap((group) => [...group.nodes].map((node) => [node, group] as const)),
  );
  const renamed = new Map([...scanned.values()].flatMap((each) => [...each.renamed]));
  const constants = new Map(graph.constants);
  for (const each of scanned.values()) each.constants.forEach((data, value) => constants.set(value, data));
  const nodes = unitsInOrder(graph, owner)
    .flatMap((unit) => ('full' in unit ? scanned.get(unit)!.nodes : [unit]))
    .map((node) => replaceReads(node, renamed));
  const outputs: Value[] = graph.outputs.map((value) => {
    const source = renamed.get(value);
    if (!source) return value;
    nodes.push({ op: 'Identity', inputs: [source], outputs: [value], attributes: {} });
    return value;
  });
  return { ...graph, nodes, outputs, constants };
}

/** Nodes and groups such that each comes after all that it reads, otherwise in the order of the graph. */
function unitsInOrder(graph: Graph, owner: ReadonlyMap<Node, Group>): (Node | Group)[] {
  const producers = producersOf(graph);
  const done = new Set<Node | Group>();
  const order: (Node | Group)[] = [];
  const unitOf = (node: Node) => owner.get(node) ?? node;
  const known = new Map<Node | Group, Set<Node | Group>>();
  const sourcesOf = (unit: Node | Group) => {
    const sources = new Set<Node | Group>();
    for (const value of ('full' in unit ? [...unit.nodes] : [unit]).flatMap(readsOf)) {
      const node = producers.get(value);
      if (node && unitOf(node) !== unit) sources.add(unitOf(node));
    }
    known.set(unit, sources);
    return sources;
  };
  const needs = (unit: Node | Group) =>
    [...(known.get(unit) ?? sourcesOf(unit))].filter((other) => !done.has(other));
  const last = new Map([...owner.values()].map((group) => [group, group.last]));
  graph.nodes.forEach((node, i) => {
    const unit = unitOf(node);
    // A group waits for its last member, unless somebody needs it earlier.
    if ('full' in unit && last.get(unit) !== i) return;
    const stack = [unit];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const open = done.has(top) ? [] : needs(top);
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      stack.pop();
      if (!done.has(top)) {
        done.add(top);
        order.push(top);
      }
    }
  });
  return order;
}
