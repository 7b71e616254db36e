import { onnxType } from '../ir/builder.js';
import { createValue, type Graph, int, type Node, type Value } from '../ir/graph.js';
import { isLargeProduct } from './kernel-products.js';
import { producersOf, readersOf, views } from './walk.js';

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
