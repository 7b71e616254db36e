import { sizeOfShape } from '@m3ae/tree';
import {
  type ConstantData,
  createValue,
  type Graph,
  int,
  type Node,
  type Pass,
  type Value,
} from '../ir/graph.js';
import { isElementwise, producersOf, readersOf } from './nodes.js';

/** Elements that are joined into one table: few launches, and copies that are soon free again. */
const largestTable = 2 ** 22;

/** Results of one `Split`: with what it splits, as many buffers as a shader has on every device. */
const mostParts = 7;

/** Elementwise nodes on tables of one shape that lead to results alone: the update of one parameter. */
interface Chain {
  readonly shape: readonly number[];
  /** In the order of the graph. */
  readonly nodes: Node[];
  /** Tables that it reads and does not make. */
  readonly leaves: Value[];
}

/**
 * Joins chains of one form into one chain on a longer table, which is split into the results afterwards.
 *
 * A GPU is given one shader a node, and a model has hundreds of parameters that an optimizer updates in some fifteen nodes each.
 * Only chains that nothing but results reads take part, so that joining them makes no cycle.
 */
export const joinTables: Pass = (graph) => {
  const exits = exitsOf(graph);
  const forms = new Map<string, Chain[]>();
  for (const chain of chainsOf(graph, exits)) {
    const form = formOf(chain, graph);
    forms.set(form, [...(forms.get(form) ?? []), chain]);
  }
  const joined = [...forms.values()].flatMap(batches).filter((batch) => batch.length > 1);
  if (joined.length === 0) return graph;
  const constants = new Map(graph.constants);
  const replaced = new Set(joined.flat().flatMap(({ nodes }) => nodes));
  const rest = graph.nodes.filter((node) => !replaced.has(node));
  return {
    ...graph,
    constants,
    nodes: [
      ...rest.filter((node) => !exits.has(node)),
      ...joined.flatMap((batch) => join(batch, exits, constants)),
      ...rest.filter((node) => exits.has(node)),
    ],
  };
};

/** Nodes that hand a result on under its name. */
function exitsOf(graph: Graph): Set<Node> {
  const named = new Set(graph.outputs);
  return new Set(graph.nodes.filter(({ op, outputs }) => op === 'Identity' && named.has(outputs[0]!)));
}

const isScalar = (value: Value) => sizeOfShape(value.shape) === 1;

/** Whether a node treats the elements of tables of one shape alone, beside scalars. */
function isOnTable(node: Node): boolean {
  const [output, ...others] = node.outputs;
  if (!isElementwise(node) || output === undefined || others.length > 0 || isScalar(output)) return false;
  const inputs = node.inputs.filter((value) => value !== undefined);
  return inputs.every((value) => isScalar(value) || value.shape.join() === output.shape.join());
}

/** The chains that nothing but exits reads. */
function chainsOf(graph: Graph, exits: ReadonlySet<Node>): Chain[] {
  const readers = readersOf(graph);
  const last = new Set<Node>();
  for (const node of [...graph.nodes].reverse()) {
    const read = readers.get(node.outputs[0]!) ?? [];
    if (isOnTable(node) && read.every((reader) => exits.has(reader) || last.has(reader))) last.add(node);
  }
  // Nodes that share a table, made or read, are of one chain.
  const chains = new Map<Value, Chain>();
  for (const node of graph.nodes.filter((each) => last.has(each))) {
    const tables = [...node.inputs, ...node.outputs].filter((value) => value && !isScalar(value)) as Value[];
    const near = new Set(tables.map((value) => chains.get(value)).filter((chain) => chain !== undefined));
    const chain: Chain = { shape: node.outputs[0]!.shape, nodes: [], leaves: [] };
    for (const other of near) chain.nodes.push(...other.nodes);
    chain.nodes.push(node);
    for (const { inputs, outputs } of chain.nodes)
      for (const value of [...inputs, ...outputs]) if (value && !isScalar(value)) chains.set(value, chain);
  }
  const place = new Map(graph.nodes.map((node, i) => [node, i]));
  const producers = producersOf(graph);
  return [...new Set(chains.values())].map((chain) => {
    const nodes = chain.nodes.sort((a, b) => place.get(a)! - place.get(b)!);
    const tables = nodes.flatMap(
      ({ inputs }) => inputs.filter((value) => value && !isScalar(value)) as Value[],
    );
    const own = new Set<Node | undefined>(nodes);
    return {
      ...chain,
      nodes,
      leaves: [...new Set(tables)].filter((value) => !own.has(producers.get(value))),
    };
  });
}

/** What chains that can be joined have in common: their operations, scalars, and all axes but the first. */
function formOf({ shape, nodes, leaves }: Chain, graph: Graph): string {
  const names = new Map<Value, string>(leaves.map((value, i) => [value, `leaf ${i} ${value.dtype}`]));
  nodes.forEach(({ outputs }, i) => names.set(outputs[0]!, `node ${i}`));
  const nameOf = (value: Value | undefined) => {
    if (value === undefined) return '';
    const data = graph.constants.get(value);
    return names.get(value) ?? (data ? `${value.dtype} [${value.shape}] ${data[0]}` : `value ${value.id}`);
  };
  const steps = nodes.map(({ op, domain, attributes, inputs }) =>
    JSON.stringify([op, domain, attributes, inputs.map(nameOf)]),
  );
  return `[${shape.slice(1)}] rank ${shape.length}: ${steps.join()}`;
}

/** Chains of one form, in their order, cut where they hold {@link largestTable}. */
function batches(chains: readonly Chain[]): Chain[][] {
  const cut: Chain[][] = [];
  let elements = Infinity;
  for (const chain of chains) {
    const own = sizeOfShape(chain.shape);
    if (elements + own > largestTable) {
      cut.push([]);
      elements = 0;
    }
    cut.at(-1)!.push(chain);
    elements += own;
  }
  return cut;
}

/** The nodes that compute a batch of chains at once. */
function join(
  batch: readonly Chain[],
  exits: ReadonlySet<Node>,
  constants: Map<Value, ConstantData>,
): Node[] {
  const wanted = new Set([...exits].map(({ inputs }) => inputs[0]));
  const rows = batch.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const [first] = batch;
  const longer = ({ shape, dtype }: Value) => createValue([rows, ...shape.slice(1)], dtype);
  const axis = { axis: int(0) };
  const added: Node[] = [];
  const joined = new Map<Value, Value>();
  first!.leaves.forEach((leaf, i) => {
    const all = longer(leaf);
    const inputs = batch.map(({ leaves }) => leaves[i]!);
    added.push({ op: 'Concat', inputs, outputs: [all], attributes: axis });
    joined.set(leaf, all);
  });
  const split = (value: Value, parts: readonly Value[]): void => {
    const size = Math.max(1, mostParts ** Math.ceil(Math.log(parts.length) / Math.log(mostParts) - 1));
    const sections = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) =>
      parts.slice(i * size, (i + 1) * size),
    );
    const lengths = sections.map((section) => section.reduce((sum, { shape }) => sum + shape[0]!, 0));
    const outputs = sections.map((section, i) =>
      section.length === 1 ? section[0]! : createValue([lengths[i]!, ...value.shape.slice(1)], value.dtype),
    );
    const list = createValue([lengths.length], 'int64');
    constants.set(list, BigInt64Array.from(lengths, BigInt));
    added.push({ op: 'Split', inputs: [value, list], outputs, attributes: axis });
    sections.forEach((section, i) => section.length > 1 && split(outputs[i]!, section));
  };
  first!.nodes.forEach((node, i) => {
    const all = longer(node.outputs[0]!);
    const inputs = node.inputs.map((value) => value && (joined.get(value) ?? value));
    added.push({ ...node, inputs, outputs: [all] });
    joined.set(node.outputs[0]!, all);
    const results = batch.map(({ nodes }) => nodes[i]!.outputs[0]!);
    if (results.some((value) => wanted.has(value))) split(all, results);
  });
  return added;
}
