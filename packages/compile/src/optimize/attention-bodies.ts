import type { GraphBuilder } from '../ir/builder.js';
import { float, int, type Value } from '../ir/graph.js';
import { concatNode, splitNode, transposeNode } from '../trace/kernels/movement.js';
import { reduceNode } from '../trace/kernels/reduction.js';

/** Sizes of one attention, and how its products are written. */
export interface Sizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  readonly queriesFrom: number;
  readonly queries: number;
  readonly scale: number;
  readonly product: Product;
}

/** How a product is written: transposed operands, scaled result. */
type Product = (
  builder: GraphBuilder,
  a: Value,
  b: Value,
  how?: { readonly transA?: boolean; readonly transB?: boolean; readonly scale?: number },
) => Value;

/** One node, which only ONNX Runtime has. */
export const fusedProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
  const shape = [a.shape[0]!, a.shape[transA ? 2 : 1]!, b.shape[transB ? 1 : 2]!];
  const attributes = { transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0), alpha: float(scale) };
  const domain = 'com.microsoft';
  return builder.node('FusedMatMul', [a, b], { shape, dtype: a.dtype }, { domain, attributes });
};

/** Operators of the standard alone. */
export const plainProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
  const left = transA ? transposeNode(builder, a, [0, 2, 1]) : a;
  const right = transB ? transposeNode(builder, b, [0, 2, 1]) : b;
  const result = { shape: [left.shape[0]!, left.shape[1]!, right.shape[2]!], dtype: a.dtype };
  const y = builder.node('MatMul', [left, right], result);
  return scale === 1 ? y : builder.node('Mul', [y, builder.fill(scale, [], 'float32')], result);
};

/** Queries, keys and values of some heads, each [heads, .., headDim]. */
function parts(builder: GraphBuilder, packed: Value, { tokens, headDim, queriesFrom, queries }: Sizes) {
  const count = packed.shape[0]!;
  const [queriesAll, keys, values] = splitNode(builder, packed, [1, 1, 1], 1).map((part) =>
    builder.reshape(part, [count, tokens, headDim]),
  );
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

function attentionWeights(
  builder: GraphBuilder,
  { scale, product }: Sizes,
  asking: Value,
  keys: Value,
  bias: Value | undefined,
): Value {
  const scores = product(builder, asking, keys, { transB: true, scale });
  const biased = bias ? builder.node('Add', [scores, bias], scores) : scores;
  return builder.node('Softmax', [biased], scores, { attributes: { axis: int(-1) } });
}

/** Softmax of scaled scores times values: [heads, 1, queries, headDim]. */
export function forwardBody(
  builder: GraphBuilder,
  sizes: Sizes,
  packed: Value,
  bias: Value | undefined,
): Value {
  const { count, asking, keys, values } = parts(builder, packed, sizes);
  const weights = attentionWeights(builder, sizes, asking, keys, bias);
  const mixed = sizes.product(builder, weights, values);
  return builder.reshape(mixed, [count, 1, sizes.queries, sizes.headDim]);
}

/**
 * With P the weights, O the output and r = rowSum(dO * O), which equals rowSum(dP * P):
 * dV = Pᵀ dO, dP = dO Vᵀ, dS = P * (dP - r), dQ = scale dS K, dK = scale dSᵀ Q.
 */
export function gradientBody(
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
  const dValues = product(builder, weights, dy!, { transA: true });
  const dWeights = product(builder, dy!, values, { transB: true });
  const weighted = builder.node('Mul', [dy!, output!], dy!);
  const rowSum = reduceNode(builder, 'ReduceSum', weighted, [2], true);
  const centered = builder.node('Sub', [dWeights, rowSum], weights);
  const dScores = builder.node('Mul', [weights, centered], weights);
  const dAsking = product(builder, dScores, keys, { scale });
  const dKeys = product(builder, dScores, asking, { transA: true, scale });
  const dQueries =
    queriesFrom === 0
      ? dAsking
      : concatNode(builder, [builder.fill(0, [count, queriesFrom, headDim], 'float32'), dAsking], 1);
  const pieces = [dQueries, dKeys, dValues].map((x) => builder.reshape(x, [count, 1, tokens, headDim]));
  return concatNode(builder, pieces, 1); // [heads, 3, tokens, headDim]
}
