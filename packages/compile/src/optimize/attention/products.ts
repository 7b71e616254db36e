import type { GraphBuilder } from '../../ir/builder.js';
import { float, int, type Value } from '../../ir/graph.js';
import { transposeNode } from '../../trace/kernels/movement.js';

/** How a product is written: transposed operands, scaled result. */
export type Product = (builder: GraphBuilder, a: Value, b: Value, how?: ProductOptions) => Value;

interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly scale?: number;
}

/** One node, which only ONNX Runtime has. */
export const fusedProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
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
export const plainProduct: Product = (builder, a, b, { transA = false, transB = false, scale = 1 } = {}) => {
  const left = transA ? transposeNode(builder, a, [0, 2, 1]) : a;
  const right = transB ? transposeNode(builder, b, [0, 2, 1]) : b;
  const result = { shape: [left.shape[0]!, left.shape[1]!, right.shape[2]!], dtype: a.dtype };
  const y = builder.node('MatMul', [left, right], result);
  return scale === 1 ? y : builder.node('Mul', [y, builder.fill(scale, [], 'float32')], result);
};
