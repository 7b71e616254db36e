import type { Graph, Node, Value } from '../../ir/graph.js';
import { producersOf, readsOf } from '../nodes.js';

/** Nodes that will run as one; `full` is the shape of the tables they work on. */
export interface Group {
  readonly full: readonly number[];
  readonly nodes: Set<Node>;
  /** Places of the first and last member in the graph. */
  first: number;
  last: number;
}

/** The nodes of a group in the order of the graph. */
export const membersOf = (graph: Graph, { nodes, first, last }: Group): Node[] =>
  graph.nodes.slice(first, last + 1).filter((node) => nodes.has(node));

/** Grows groups of nodes that can each run as a unit. */
export interface Grouping {
  groupOf(node: Node | undefined): Group | undefined;
  /** Joins a node with groups, all of one shape of tables, if the union can run as a unit; else false. */
  join(node: Node, groups: readonly Group[], full: readonly number[]): boolean;
  all(): readonly Group[];
}

/**
 * Starts without groups.
 *
 * @param isLast - Whether what a node makes is whole only after the group has run, so that no other member can read it.
 */
export function createGrouping(graph: Graph, isLast: (node: Node) => boolean): Grouping {
  const producers = producersOf(graph);
  const place = new Map(graph.nodes.map((node, i) => [node, i]));
  const owner = new Map<Node, Group>();
  const groups = new Set<Group>();
  const inputsOf = (node: Node) =>
    readsOf(node)
      .map((value: Value) => producers.get(value))
      .filter((producer) => producer !== undefined);

  /** Whether some input of the union from outside depends on the union. Groups are units: all of one or nothing. */
  function comesBack(union: ReadonlySet<Node>, first: number): boolean {
    const seen = new Set<Node>();
    const waiting = [...union].flatMap(inputsOf).filter((node) => !union.has(node));
    while (waiting.length > 0) {
      const node = waiting.pop()!;
      if (union.has(node)) return true;
      if (seen.has(node)) continue;
      const group = owner.get(node);
      const unit = group ? [...group.nodes] : [node];
      unit.forEach((member) => seen.add(member));
      // What lies wholly before the union cannot depend on it.
      if ((group?.last ?? place.get(node)!) < first) continue;
      waiting.push(...unit.flatMap(inputsOf).filter((input) => !seen.has(input)));
    }
    return false;
  }

  return {
    groupOf: (node) => node && owner.get(node),
    join(node, joined, full) {
      const nodes = new Set([...joined.flatMap((group) => [...group.nodes]), node]);
      const first = Math.min(place.get(node)!, ...joined.map((group) => group.first));
      const readsLast = [...nodes].some((member) =>
        inputsOf(member).some((input) => nodes.has(input) && isLast(input)),
      );
      if (nodes.size > 1 && (readsLast || comesBack(nodes, first))) return false;
      const group: Group = { full, nodes, first, last: place.get(node)! };
      joined.forEach((old) => groups.delete(old));
      groups.add(group);
      nodes.forEach((member) => owner.set(member, group));
      return true;
    },
    all: () => [...groups],
  };
}
