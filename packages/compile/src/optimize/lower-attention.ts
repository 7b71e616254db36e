import { type GraphBuilder, graphBuilder } from '../ir/builder.js';
import { createValue, type Graph, int, type Node, type Pass, type Value } from '../ir/graph.js';
import { abstractDomain } from '../trace/kernels/fused.js';
import { expandNode, transposeNode } from '../trace/kernels/movement.js';
import { forwardBody, fusedProduct, gradientBody, plainProduct, type Sizes } from './attention-bodies.js';
import { rewrite } from './rewrite.js';

/**
 * Writes attention out.
 *
 * With `blockElements`, the heads go through a `Scan` a few at a time, so that the [queries, tokens] matrices of one
 * iteration stay in the cache.
 * Without it, or where all heads fit in one block, every step handles all heads at once.
 *
 * @param blockElements - Elements of one iteration's score matrix, about; null for no blocks (devices without `Scan`).
 */
export const lowerAttention =
  (blockElements: number | null): Pass =>
  (graph) =>
    rewrite(graph, (node) =>
      isAttention(node) ? (builder) => lower(builder, node, blockElements) : undefined,
    );

const isAttention = ({ domain, op }: Node) =>
  domain === abstractDomain && (op === 'Attention' || op === 'AttentionGrad');

/** Leaves attention to the operators of the same names of `@m3ae/kernels`, with products in bf16 or in float32. */
export const keepAttention =
  (bf16: boolean): Pass =>
  (graph) => ({
    ...graph,
    nodes: graph.nodes.map((node) =>
      isAttention(node) ? { ...node, attributes: { ...node.attributes, bf16: int(Number(bf16)) } } : node,
    ),
  });

function lower(builder: GraphBuilder, node: Node, blockElements: number | null): Value {
  const [joint, keyBias, output, dy] = node.inputs;
  const sizes = sizesOf(node, blockElements === null ? plainProduct : fusedProduct);
  const { batch, heads, queries } = sizes;
  const block = headsPerBlock(sizes, blockElements);
  const all = batch * heads;
  const scanned: Value[] = [headFirst(builder, joint!, sizes, 3)]; // [batch * heads, 3, tokens, headDim]
  if (keyBias) scanned.push(biasPerHead(builder, keyBias, sizes)); // [batch * heads, 1, tokens]
  if (dy) {
    scanned.push(headFirst(builder, output!, { ...sizes, tokens: queries }, 1)); // [batch * heads, 1, queries, headDim]
    scanned.push(headFirst(builder, dy, { ...sizes, tokens: queries }, 1));
  }
  const body = (b: GraphBuilder, inputs: readonly Value[]) => {
    const [packed, ...rest] = inputs as [Value, ...Value[]];
    const bias = keyBias ? rest.shift() : undefined;
    return dy
      ? gradientBody(b, sizes, packed, bias, rest[0]!, rest[1]!)
      : forwardBody(b, sizes, packed, bias);
  };
  const perHead = block === all ? body(builder, scanned) : scan(builder, scanned, block, body);
  return dy
    ? headLast(builder, perHead, sizes, 3) // [batch, tokens, 3 * dim]
    : headLast(builder, perHead, { ...sizes, tokens: queries }, 1);
}

function sizesOf({ inputs, attributes }: Node, product: Sizes['product']): Sizes {
  const [batch, tokens, width] = inputs[0]!.shape as [number, number, number];
  const heads = attributes.heads!.value as number;
  const queriesFrom = attributes.queriesFrom!.value as number;
  const scale = attributes.scale!.value as number;
  const [headDim, queries] = [width / 3 / heads, tokens - queriesFrom];
  return { batch, tokens, heads, headDim, queriesFrom, queries, scale, product };
}

/** Most heads whose scores stay within the block, dividing all heads evenly. */
function headsPerBlock({ batch, heads, queries, tokens }: Sizes, blockElements: number | null): number {
  const all = batch * heads;
  if (blockElements === null) return all;
  const fitting = Math.max(1, Math.floor(blockElements / (queries * tokens)));
  // A few blocks gain nothing over one: the loop itself costs some microseconds a node.
  if (fitting * 4 >= all) return all;
  let block = fitting;
  while (all % block !== 0) block--;
  return block;
}

/** Runs `body` on blocks of the first axis and joins its results along it. */
function scan(
  builder: GraphBuilder,
  inputs: readonly Value[],
  block: number,
  body: (builder: GraphBuilder, inputs: readonly Value[]) => Value,
): Value {
  const blocks = inputs[0]!.shape[0]! / block;
  const inner = graphBuilder();
  const slices = inputs.map((x) => createValue([block, ...x.shape.slice(1)], x.dtype));
  const result = body(inner, slices);
  const subgraph: Graph = inner.finish(slices, [result]);
  const cut = inputs.map((x) => builder.reshape(x, [blocks, block, ...x.shape.slice(1)]));
  const joined = builder.node(
    'Scan',
    cut,
    { shape: [blocks, ...result.shape], dtype: result.dtype },
    { attributes: { num_scan_inputs: int(inputs.length) }, subgraphs: { body: subgraph } },
  );
  return builder.reshape(joined, [blocks * block, ...result.shape.slice(1)]);
}

/** [batch, tokens, parts * heads * headDim] -> [batch * heads, parts, tokens, headDim] */
function headFirst(
  builder: GraphBuilder,
  x: Value,
  { batch, tokens, heads, headDim }: Sizes,
  parts: number,
): Value {
  const split = builder.reshape(x, [batch, tokens, parts, heads, headDim]);
  const moved = transposeNode(builder, split, [0, 3, 2, 1, 4]); // [batch, heads, parts, tokens, headDim]
  return builder.reshape(moved, [batch * heads, parts, tokens, headDim]);
}

/** [batch * heads, parts, tokens, headDim] -> [batch, tokens, parts * heads * headDim] */
function headLast(
  builder: GraphBuilder,
  x: Value,
  { batch, tokens, heads, headDim }: Sizes,
  parts: number,
): Value {
  const split = builder.reshape(x, [batch, heads, parts, tokens, headDim]);
  const moved = transposeNode(builder, split, [0, 3, 2, 1, 4]); // [batch, tokens, parts, heads, headDim]
  return builder.reshape(moved, [batch, tokens, parts * heads * headDim]);
}

/** [batch or 1, 1, 1, tokens] -> [batch * heads, 1, tokens] */
function biasPerHead(builder: GraphBuilder, bias: Value, { batch, heads, tokens }: Sizes): Value {
  const wide = expandNode(builder, bias, [batch, heads, 1, tokens]);
  return builder.reshape(wide, [batch * heads, 1, tokens]);
}
