import { createValue, type Graph, int, type Node, type Value } from '../ir/graph.js';
import { countReads, producersOf } from './walk.js';

/** Terms from which on a sum as one table takes fewer nodes. */
const fewest = 4;

/**
 * Adds many scalars at once: a sum of sums, as the norm of all gradients is, becomes one table and one reduction.
 *
 * A GPU is given one shader a node, so a chain of additions waits for each of them.
 */
export function joinSums(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = countReads(graph);
  const isSum = (node: Node | undefined): node is Node =>
    node?.op === 'Add' &&
    [...node.inputs, ...node.outputs].every(
      (value) => value!.shape.length === 0 && value!.dtype === 'float32',
    );
  const isInner = (value: Value) => isSum(producers.get(value)) && reads.get(value) === 1;
  const termsOf = (node: Node): Value[] => {
    const terms: Value[] = [];
    // By a list of what is left: the chain is as long as the model has parameters.
    const left = node.inputs.map((value) => value!);
    while (left.length > 0) {
      const value = left.shift()!;
      if (isInner(value)) left.unshift(...producers.get(value)!.inputs.map((each) => each!));
      else terms.push(value);
    }
    return terms;
  };
  const readers = new Set(
    graph.nodes.filter(isSum).flatMap(({ inputs }) => inputs.filter((value) => isInner(value!))),
  );
  const constants = new Map(graph.constants);
  const one = createValue([1], 'int64');
  const axes = createValue([1], 'int64');
  let changed = false;
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (!isSum(node) || readers.has(node.outputs[0])) return [node];
    const terms = termsOf(node);
    if (terms.length < fewest) return [node];
    changed = true;
    const rows = terms.map((value) => ({ value, row: createValue([1], 'float32') }));
    const table = createValue([terms.length], 'float32');
    return [
      ...rows.map(({ value, row }) => ({
        op: 'Reshape',
        inputs: [value, one],
        outputs: [row],
        attributes: {},
      })),
      { op: 'Concat', inputs: rows.map(({ row }) => row), outputs: [table], attributes: { axis: int(0) } },
      { ...node, op: 'ReduceSum', inputs: [table, axes], attributes: { keepdims: int(0) } },
    ];
  });
  if (!changed) return graph;
  constants.set(one, BigInt64Array.of(1n)).set(axes, BigInt64Array.of(0n));
  return { ...graph, nodes, constants };
}
