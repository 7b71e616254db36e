import { fullData, typedData } from '../ir/constant.js';
import type { ConstantData, Graph, Node, Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
};

const unary: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
  Reciprocal: (a) => 1 / a,
};

/**
 * Computes the simple nodes whose operands are constants: arithmetic on repeated elements, casts and moves.
 *
 * ONNX Runtime folds all constants itself; these are the ones that let other passes see more.
 */
export function foldConstants(graph: Graph): Graph {
  return rewrite(graph, (node, rewriting) => {
    const output = node.outputs[0];
    if (output === undefined) return undefined;
    const data = elementsOf(node, output, rewriting) ?? uniformOf(node, output, rewriting);
    return data && rewriting.addConstant(data, output.shape, output.dtype);
  });
}

/** Moves and casts of any constant. */
function elementsOf(node: Node, output: Value, { constant }: Rewriting): ConstantData | undefined {
  const data = constant(node.inputs[0]);
  if (data === undefined) return undefined;
  if (node.op === 'Reshape' || (data.length === 1 && ['Expand', 'Transpose', 'Identity'].includes(node.op)))
    return data;
  if (node.op !== 'Cast' || data instanceof BigInt64Array || output.dtype === 'bfloat16') return undefined;
  if (output.dtype === 'int64') return BigInt64Array.from(fullData(node.inputs[0]!, data), BigInt);
  return typedData(
    output.dtype === 'bool' ? Array.from(data, (each) => Number(each !== 0)) : data,
    output.dtype,
  );
}

/** float32 arithmetic is rounded to float32 as the elements are stored. */
function uniformOf({ op, inputs }: Node, output: Value, { uniform }: Rewriting): ConstantData | undefined {
  const [a, b] = inputs.map(uniform);
  if (a === undefined || output.dtype !== 'float32') return undefined;
  if (op in unary) return Float32Array.of(unary[op]!(a));
  return b !== undefined && op in binary && inputs.length === 2
    ? Float32Array.of(binary[op]!(a, b))
    : undefined;
}
