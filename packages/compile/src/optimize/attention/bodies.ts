import type { GraphBuilder } from '../../ir/builder.js';
import { int, type Value } from '../../ir/graph.js';
import type { Sizes } from './layout.js';

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
  const centered = builder.node('Sub', [dWeights, rowSum], same);
  const dScores = builder.node('Mul', [weights, centered], same);
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
