import { float, int, type Graph, type Node, type Pass, type Value } from '../ir/graph.js';
import { countReads, readersOf } from './walk.js';

/** Products of fewer multiplications cost more to pack than to compute. */
const smallest = 4096;

/**
 * Turns matrix products into those of `@m3ae/kernels`; a bias that is added next becomes part of the product.
 *
 * @param bf16 - Whether they round their operands to bf16; they sum in float32.
 */
export const kernelProducts =
  (bf16: boolean): Pass =>
  (graph) =>
    replaceProducts(graph, bf16);

function replaceProducts(graph: Graph, bf16: boolean): Graph {
  const reads = countReads(graph);
  const readers = readersOf(graph);
  const merged = new Map<Node, Node>(); // a sum that takes up the product before it
  const taken = new Set<Node>();
  for (const node of graph.nodes) {
    if (!isLargeProduct(node)) continue;
    const product = node.outputs[0]!;
    const [next] = readers.get(product) ?? [];
    const bias = next?.op === 'Add' && reads.get(product) === 1 ? biasOf(next, product) : undefined;
    if (bias === undefined) continue;
    merged.set(next!, toKernel(node, bf16, bias, next!.outputs));
    taken.add(node);
  }
  const nodes = graph.nodes.flatMap((node) => {
    if (taken.has(node)) return [];
    if (merged.has(node)) return [merged.get(node)!];
    return [isLargeProduct(node) ? toKernel(node, bf16, undefined, node.outputs) : withBodies(node, bf16)];
  });
  return { ...graph, nodes };
}

function withBodies(node: Node, bf16: boolean): Node {
  if (node.subgraphs === undefined) return node;
  const bodies = Object.entries(node.subgraphs).map(([name, body]) => [name, replaceProducts(body, bf16)]);
  return { ...node, subgraphs: Object.fromEntries(bodies) as Node['subgraphs'] };
}

/** Whether a node is a product of float32 matrices that is worth another form of its operands. */
export function isLargeProduct(node: Node): boolean {
  if (node.op !== 'MatMul' && node.op !== 'FusedMatMul') return false;
  const [a, b] = node.inputs as readonly [Value, Value];
  const { shape, dtype } = node.outputs[0]!;
  if (dtype !== 'float32' || a.shape.length < 2 || b.shape.length < 2) return false;
  const summed = a.shape.at(isOn(node, 'transA') ? -2 : -1)!;
  return shape.reduce((size, length) => size * length, summed) >= smallest;
}

const isOn = (node: Node, name: string) => node.attributes[name]?.value === 1;

/** The other operand of a sum, where it is one element a column of the product. */
function biasOf(sum: Node, product: Value): Value | undefined {
  const [left, right] = sum.inputs as readonly [Value, Value];
  const other = left === product ? right : left;
  const fits = other !== product && other.shape.length === 1 && other.shape[0] === product.shape.at(-1);
  return fits && sum.outputs[0]!.shape.length === product.shape.length ? other : undefined;
}

function toKernel(node: Node, bf16: boolean, bias: Value | undefined, outputs: Node['outputs']): Node {
  const alpha = node.attributes.alpha?.value;
  return {
    op: 'MatMul',
    domain: 'm3ae',
    inputs: bias ? [...node.inputs, bias] : node.inputs,
    outputs,
    attributes: {
      bf16: int(bf16 ? 1 : 0),
      transA: int(isOn(node, 'transA') ? 1 : 0),
      transB: int(isOn(node, 'transB') ? 1 : 0),
      alpha: float(typeof alpha === 'number' ? alpha : 1),
    },
  };
}
