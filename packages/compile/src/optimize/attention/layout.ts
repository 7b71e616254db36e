import type { GraphBuilder } from '../../ir/builder.js';
import { ints, type Value } from '../../ir/graph.js';
import type { Sizes } from './sizes.js';

/** Moves axes: axis i of the result is axis perm[i] of `x`. */
export function transpose(builder: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis]!);
  return builder.node('Transpose', [x], { shape, dtype: x.dtype }, { attributes: { perm: ints(perm) } });
}

/** [batch, tokens, parts * heads * headDim] -> [batch * heads, parts, tokens, headDim] */
export function headFirst(
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
export function headLast(
  builder: GraphBuilder,
  x: Value,
  { batch, tokens, heads, headDim }: Sizes,
  parts: number,
): Value {
  const split = builder.reshape(x, [batch, heads, parts, tokens, headDim]);
  const moved = transpose(builder, split, [0, 3, 2, 1, 4]); // [batch, tokens, parts, heads, headDim]
  return builder.reshape(moved, [batch, tokens, parts * heads * headDim]);
}

/** [batch or 1, 1, 1, tokens] -> [batch * heads, 1, tokens] */
export function biasPerHead(builder: GraphBuilder, bias: Value, { batch, heads, tokens }: Sizes): Value {
  const shape = [batch, heads, 1, tokens];
  const wide = builder.node('Expand', [bias, builder.int64(shape)], { shape, dtype: bias.dtype });
  return builder.reshape(wide, [batch * heads, 1, tokens]);
}
