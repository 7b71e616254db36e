import type { GraphBuilder } from '../../ir/builder.js';
import type { Value } from '../../ir/graph.js';
import { transposeNode } from '../../trace/kernels/movement.js';
import type { Product } from './products.js';

/** Sizes of one attention. */
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

/** [batch, tokens, parts * heads * headDim] -> [batch * heads, parts, tokens, headDim] */
export function headFirst(
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
export function headLast(
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
export function biasPerHead(builder: GraphBuilder, bias: Value, { batch, heads, tokens }: Sizes): Value {
  const shape = [batch, heads, 1, tokens];
  const wide = builder.node('Expand', [bias, builder.int64(shape)], { shape, dtype: bias.dtype });
  return builder.reshape(wide, [batch * heads, 1, tokens]);
}
