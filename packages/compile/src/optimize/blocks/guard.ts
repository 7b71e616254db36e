import { sizeOfShape } from '@m3ae/tree';
import { type GraphBuilder, graphBuilder } from '../../ir/builder.js';
import type { Graph, Node, Value } from '../../ir/graph.js';

/** A condition that decides on all results of a group at once. */
interface Guard {
  /** One element. */
  readonly condition: Value;
  /** For each result, what it is where the condition holds, and elsewhere. */
  readonly choices: readonly { readonly made: Value; readonly given: Value }[];
  /** Members that are left when the choices are made once. */
  readonly members: readonly Node[];
}

/** Fewer nodes cost less than asking. */
const worthAsking = 6;

/**
 * The condition by which every result of a group is chosen between what the group makes and a table that it was given.
 *
 * @param outputs - Values that the group makes for others.
 * @param inputs - Values that it is given.
 */
export function guardOf(
  members: readonly Node[],
  outputs: readonly Value[],
  inputs: readonly Value[],
): Guard | undefined {
  const makers = outputs.map((value) => members.find((node) => node.outputs[0] === value)!);
  const condition = makers[0]?.inputs[0];
  const isChoice = (node: Node) =>
    node.op === 'Where' &&
    node.inputs[0] === condition &&
    inputs.includes(node.inputs[2]!) &&
    node.inputs[2]!.shape.join() === node.outputs[0]!.shape.join() &&
    node.inputs[1]!.shape.join() === node.outputs[0]!.shape.join();
  if (condition === undefined || sizeOfShape(condition.shape) !== 1 || !inputs.includes(condition))
    return undefined;
  if (members.length < worthAsking || !makers.every(isChoice)) return undefined;
  const left = members.filter((node) => !makers.includes(node));
  const isReadInside = left.some((node) => node.inputs.some((value) => value && outputs.includes(value)));
  if (isReadInside) return undefined;
  const choices = makers.map(({ inputs: [, made, given] }) => ({ made: made!, given: given! }));
  return { condition, choices, members: left };
}

/**
 * Writes a guarded block as an `If`: where the condition fails, the tables that were given are handed on.
 *
 * @param builder - Of the block.
 * @param bound - What values of the graph are called in the block.
 * @param write - Appends a member to the branch that computes, and binds what it makes.
 * @returns The block's results.
 */
export function writeGuarded(
  builder: GraphBuilder,
  { condition, choices, members }: Guard,
  bound: Map<Value, Value>,
  write: (node: Node, branch: GraphBuilder) => Node,
): Value[] {
  const constants = graphBuilder();
  const nodes = members.map((node) => write(node, constants));
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const branch = (values: readonly Value[], body: readonly Node[]): Graph => {
    const handed = graphBuilder();
    // A branch makes what it returns.
    const results = values.map((value) =>
      made.has(value) ? value : handed.node('Identity', [value], value),
    );
    const rest = handed.finish([], results);
    const own = constants.finish([], []).constants;
    return { inputs: [], outputs: results, nodes: [...body, ...rest.nodes], constants: own };
  };
  const taken = choices.map(({ made: value }) => bound.get(value)!);
  const kept = choices.map(({ given }) => bound.get(given)!);
  return builder.nodes('If', [bound.get(condition)!], taken, {
    subgraphs: {
      then_branch: branch(taken, nodes),
      else_branch: { ...branch(kept, []), constants: new Map() },
    },
  });
}
