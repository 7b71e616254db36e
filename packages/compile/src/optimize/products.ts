import { sizeOfShape } from '@m3ae/tree';
import { onnxType } from '../ir/builder.js';
import {
  createValue,
  float,
  type Graph,
  int,
  mapBodies,
  type Node,
  type Pass,
  type Value,
} from '../ir/graph.js';
import { countReads, producersOf, readersOf, views } from './nodes.js';
import { rewrite } from './rewrite.js';

/**
 * Folds a transposition of the last two axes into the matrix product that reads it.
 *
 * ONNX Runtime's FusedMatMul multiplies transposed operands without moving them. It is not in the ONNX standard.
 */
export function fuseTransposedProducts(graph: Graph): Graph {
  return rewrite(graph, (node, { producer }) => {
    if (node.op !== 'MatMul' || node.outputs[0]!.dtype !== 'float32') return undefined;
    const [left, right] = node.inputs;
    const [a, b] = [untransposed(producer(left)), untransposed(producer(right))];
    if (a === undefined && b === undefined) return undefined;
    const attributes = { transA: int(a ? 1 : 0), transB: int(b ? 1 : 0) };
    return {
      op: 'FusedMatMul',
      domain: 'com.microsoft',
      inputs: [a ?? left, b ?? right],
      outputs: node.outputs,
      attributes,
    };
  });
}

/** What a node that swaps the last two axes was given. */
function untransposed(node: Node | undefined): Value | undefined {
  const perm = node?.op === 'Transpose' ? node.attributes.perm : undefined;
  if (node === undefined || perm?.type !== 'ints') return undefined;
  const last = perm.value.length - 1;
  const swapped = perm.value.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i));
  return last > 0 && swapped.join() === perm.value.join() ? node.inputs[0] : undefined;
}

/** Products of fewer multiplications cost more to pack than to compute. */
const smallest = 4096;

/**
 * Turns matrix products into those of `@m3ae/kernels`; a bias that is added next becomes part of the product.
 *
 * @param bf16 - Whether they round their operands to bf16; they sum in float32.
 */
export const kernelProducts =
  (bf16: boolean): Pass =>
  (graph) => {
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
      if (isLargeProduct(node)) return [toKernel(node, bf16, undefined, node.outputs)];
      return [mapBodies(node, kernelProducts(bf16))];
    });
    return { ...graph, nodes };
  };

/** Whether a node is a product of float32 matrices that is worth another form of its operands. */
function isLargeProduct(node: Node): boolean {
  if (node.op !== 'MatMul' && node.op !== 'FusedMatMul') return false;
  const [a, b] = node.inputs as readonly [Value, Value];
  const { shape, dtype } = node.outputs[0]!;
  if (dtype !== 'float32' || a.shape.length < 2 || b.shape.length < 2) return false;
  const summed = a.shape.at(isOn(node, 'transA') ? -2 : -1)!;
  return sizeOfShape(shape) * summed >= smallest;
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

/** Nodes that move elements of their first operand and make no fewer of them: cast before, there is less to move. */
const moves: ReadonlySet<string> = new Set([...views, 'Transpose', 'Split', 'Expand']);

/**
 * Computes matrix products in bfloat16, for a GPU: operands are cast to it, each once however many products read it, and results are cast
 * back to float32, in which all else stays. What only products read is moved in bfloat16, and where it came from a product it was never cast
 * back.
 *
 * Constants are cast by a node too, which ONNX Runtime computes once. Small products stay: they cost less than their casts.
 */
export function castProducts(graph: Graph): Graph {
  const moved = movedToProducts(graph);
  const producers = producersOf(graph);
  const rounded = new Map<Value, Value>();
  const nodes: Node[] = [];
  const low = (value: Value) => {
    const made = createValue(value.shape, 'bfloat16');
    rounded.set(value, made);
    return made;
  };
  /** A value in bfloat16; of a view, what it shows is cast. */
  const round = (value: Value): Value => {
    const known = rounded.get(value);
    if (known) return known;
    const view = producers.get(value);
    if (view && views.has(view.op)) return move(view);
    nodes.push(cast(value, low(value)));
    return rounded.get(value)!;
  };
  const move = (node: Node) => {
    const [source, ...others] = node.inputs;
    const inputs = [round(source!), ...others];
    const outputs = node.outputs.map((output) => output && low(output));
    nodes.push({ ...node, inputs, outputs });
    return outputs[0]!;
  };
  for (const node of graph.nodes) {
    if (isLargeProduct(node)) {
      const inputs = node.inputs.map((value) => value && round(value));
      const [output] = node.outputs as readonly [Value];
      const product = low(output);
      nodes.push({ ...node, inputs, outputs: [product] }, cast(product, output));
    } else if (moved.has(node)) move(node);
    else nodes.push(node);
  }
  return { ...graph, nodes };
}

/** Moves whose results nothing reads but large products, at once or after further moves. */
function movedToProducts(graph: Graph): ReadonlySet<Node> {
  const readers = readersOf(graph);
  const results = new Set<Value | undefined>(graph.outputs);
  const found = new Set<Node>();
  const isRounded = (value: Value) =>
    !results.has(value) &&
    (readers.get(value) ?? []).every((reader) => isLargeProduct(reader) || found.has(reader));
  for (const node of [...graph.nodes].reverse()) {
    if (!moves.has(node.op) || node.inputs[0]?.dtype !== 'float32') continue;
    if (node.outputs.every((output) => output === undefined || isRounded(output))) found.add(node);
  }
  return found;
}

const cast = (from: Value, to: Value): Node => ({
  op: 'Cast',
  inputs: [from],
  outputs: [to],
  attributes: { to: int(onnxType(to.dtype)) },
});
