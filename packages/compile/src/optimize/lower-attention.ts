import { graphBuilder, type GraphBuilder } from '../ir/builder.js';
import { createValue, float, int, ints, type Graph, type Node, type Value } from '../ir/graph.js';
import { abstractDomain } from '../trace/kernels/attention.js';
import type { Pass } from './pass.js';
import { replaceNodes } from './replace-nodes.js';

/** Sizes of one attention. */
interface Sizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  readonly queriesFrom: number;
  readonly queries: number;
  readonly scale: number;
  readonly product: Product;
}

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
    replaceNodes(graph, (node) => {
      if (node.domain !== abstractDomain || !(node.op === 'Attention' || node.op === 'AttentionGrad'))
        return undefined;
      return (builder) => [lower(builder, node, blockElements)];
    });

function lower(builder: GraphBuilder, node: Node, blockElements: number | null): Value {
  const [joint, keyBias, output, dy] = node.inputs;
  const sizes = { ...sizesOf(node), product: blockElements === null ? plainProduct : fusedProduct };
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

function sizesOf({ inputs, attributes }: Node): Omit<Sizes, 'product'> {
  const [batch, tokens, width] = inputs[0]!.shape as [number, number, number];
  const heads = attributes.heads!.value as number;
  const queriesFrom = attributes.queriesFrom!.value as number;
  const scale = attributes.scale!.value as number;
  return {
    batch,
    tokens,
    heads,
    headDim: width / 3 / heads,
    queriesFrom,
    queries: tokens - queriesFrom,
    scale,
  };
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

/** [batch, tokens, parts * heads * headDim] -> [batch * heads, parts, tokens, headDim] */
function headFirst(
  builder: GraphBuilder,
  x: Value,
  { batch, tokens, heads, headDim }: Sizes,
  parts: number,
): Value {
  const split = builder.reshape(x, [batch, tokens, parts, heads, headDim]);
  const moved = transpose(builder, split, [0, 3, 2, 1, 4]); // [batch, heads, parts, tokens, headDim]
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
  const moved = transpose(builder, split, [0, 3, 2, 1, 4]); // [batch, tokens, parts, heads, headDim]
  return builder.reshape(moved, [batch, tokens, parts * heads * headDim]);
}

function transpose(builder: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return builder.node('Transpose', [x], { shape, dtype: x.dtype }, { attributes: { perm: ints(perm) } });
}

/** [batch or 1, 1, 1, tokens] -> [batch * heads, 1, tokens] */
function biasPerHead(builder: GraphBuilder, bias: Value, { batch, heads, tokens }: Sizes): Value {
  const shape = [batch, heads, 1, tokens];
  const wide = builder.node('Expand', [bias, builder.int64(shape)], { shape, dtype: bias.dtype });
  return builder.reshape(wide, [batch * heads, 1, tokens]);
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

/** Queries, keys and values of some heads, each [heads, .., headDim]. */
function parts(builder: GraphBuilder, packed: Value, { tokens, headDim, queriesFrom, queries }: Sizes) {
  const count = packed.shape[0]!;
  const one = { shape: [count, 1, tokens, headDim], dtype: packed.dtype };
  const [queriesAll, keys, values] = builder
    .nodes('Split', [packed, builder.int64([1, 1, 1])], [one, one, one], { attributes: { axis: int(1) } })
    .map((part) => builder.reshape(part, [count, tokens, headDim]));
  const asking =
    queriesFrom === 0
      ? queriesAll!
      : builder.node(
          'Slice',
          [queriesAll!, builder.int64([queriesFrom]), builder.int64([tokens]), builder.int64([1])],
          { shape: [count, queries, headDim], dtype: packed.dtype },
        );
  return { count, asking, keys: keys!, values: values! };
}

/** How a product is written: transposed operands, scaled result. */
type Product = (builder: GraphBuilder, a: Value, b: Value, how?: ProductOptions) => Value;
interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly scale?: number;
}

/** One node, which only ONNX Runtime has. */
const fusedProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
  const shape = [a.shape[0]!, a.shape[transA ? 2 : 1]!, b.shape[transB ? 1 : 2]!];
  return builder.node(
    'FusedMatMul',
    [a, b],
    { shape, dtype: a.dtype },
    {
      domain: 'com.microsoft',
      attributes: { transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0), alpha: float(scale) },
    },
  );
};

/** Operators of the standard alone. */
const plainProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
  const left = transA ? transpose(builder, a, [0, 2, 1]) : a;
  const right = transB ? transpose(builder, b, [0, 2, 1]) : b;
  const result = { shape: [left.shape[0]!, left.shape[1]!, right.shape[2]!], dtype: a.dtype };
  const y = builder.node('MatMul', [left, right], result);
  return scale === 1 ? y : builder.node('Mul', [y, builder.fill(scale, [], 'float32')], result);
};

function attentionWeights(
  builder: GraphBuilder,
  { scale, product }: Sizes,
  asking: Value,
  keys: Value,
  bias: Value | undefined,
): Value {
  const scores = product(builder, asking, keys, { transB: true, scale });
  const same = { shape: scores.shape, dtype: scores.dtype };
  const biased = bias ? builder.node('Add', [scores, bias], same) : scores;
  return builder.node('Softmax', [biased], same, { attributes: { axis: int(-1) } });
}

function forwardBody(builder: GraphBuilder, sizes: Sizes, packed: Value, bias: Value | undefined): Value {
  const { count, asking, keys, values } = parts(builder, packed, sizes);
  const weights = attentionWeights(builder, sizes, asking, keys, bias);
  const mixed = sizes.product(builder, weights, values);
  return builder.reshape(mixed, [count, 1, sizes.queries, sizes.headDim]);
}

/**
 * With P the weights, O the output and r = rowSum(dO * O), which equals rowSum(dP * P):
 * dV = Pᵀ dO, dP = dO Vᵀ, dS = P * (dP - r), dQ = scale dS K, dK = scale dSᵀ Q.
 */
function gradientBody(
  builder: GraphBuilder,
  sizes: Sizes,
  packed: Value,
  bias: Value | undefined,
  outputPart: Value,
  dyPart: Value,
): Value {
  const { queries, headDim, tokens, queriesFrom, scale, product } = sizes;
  const { count, asking, keys, values } = parts(builder, packed, sizes);
  const [output, dy] = [outputPart, dyPart].map((x) => builder.reshape(x, [count, queries, headDim]));
  const weights = attentionWeights(builder, sizes, asking, keys, bias);
  const same = { shape: weights.shape, dtype: weights.dtype };
  const dValues = product(builder, weights, dy!, { transA: true });
  const dWeights = product(builder, dy!, values, { transB: true });
  const weighted = builder.node('Mul', [dy!, output!], { shape: dy!.shape, dtype: dy!.dtype });
  const rowSum = builder.node(
    'ReduceSum',
    [weighted, builder.int64([2])],
    { shape: [count, queries, 1], dtype: dy!.dtype },
    { attributes: { keepdims: int(1) } },
  );
  const centred = builder.node('Sub', [dWeights, rowSum], same);
  const dScores = builder.node('Mul', [weights, centred], same);
  const dAsking = product(builder, dScores, keys, { scale });
  const dKeys = product(builder, dScores, asking, { transA: true, scale });
  const dQueries =
    queriesFrom === 0
      ? dAsking
      : builder.node(
          'Concat',
          [builder.fill(0, [count, queriesFrom, headDim], 'float32'), dAsking],
          { shape: [count, tokens, headDim], dtype: dAsking.dtype },
          { attributes: { axis: int(1) } },
        );
  const pieces = [dQueries, dKeys, dValues].map((x) => builder.reshape(x, [count, 1, tokens, headDim]));
  return builder.node(
    'Concat',
    pieces,
    { shape: [count, 3, tokens, headDim], dtype: packed.dtype },
    { attributes: { axis: int(1) } },
  );
}
