import type { GraphBuilder } from '../../ir/builder.js';
import type { Value } from '../../ir/graph.js';

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

/** How a product is written: transposed operands, scaled result. */
export type Product = (builder: GraphBuilder, a: Value, b: Value, how?: ProductOptions) => Value;
export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly scale?: number;
}
