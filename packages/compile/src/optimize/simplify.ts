import { sizeOfShape } from '@m3ae/tree';
import { backend_util } from '@tensorflow/tfjs-core';
import { type ConstantData, fullData, type Graph, type Node, typedData, type Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';
import { replaceReads } from './nodes.js';

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

const broadcasting = new Set(
  'Add Sub Mul Div Pow Mod Max Min Where And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual'.split(' '),
);

/**
 * Lets operators that broadcast do so: a repeated constant becomes a scalar, and an Expand before them goes.
 *
 * tfjs writes many gradients as products with a full tensor of ones; this is where those vanish.
 */
export function shrinkOperands(graph: Graph): Graph {
  return rewrite(graph, (node, rewriting) => {
    if (!broadcasting.has(node.op)) return undefined;
    const output = node.outputs[0]!;
    let inputs = node.inputs as readonly Value[];
    for (let i = 0; i < inputs.length; i++) {
      const smaller = shrink(inputs[i]!, rewriting);
      const candidate = inputs.map((input, j) => (j === i ? (smaller ?? input) : input));
      if (smaller && broadcastOf(candidate) === output.shape.join()) inputs = candidate;
    }
    return inputs === node.inputs ? undefined : { ...node, inputs };
  });
}

function shrink(value: Value, { uniform, addConstant, producer }: Rewriting): Value | undefined {
  const element = uniform(value);
  if (element !== undefined)
    return value.shape.length > 0 ? addConstant([element], [], value.dtype) : undefined;
  const maker = producer(value);
  if (maker?.op !== 'Expand' || sizeOfShape(value.shape) === 0) return undefined;
  return maker.inputs[0];
}

function broadcastOf(values: readonly Value[]): string {
  return values
    .map((value) => [...value.shape])
    .reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b))
    .join();
}

/** Elements up to which constants are compared; larger ones are seldom equal, and slow to compare. */
const comparedElements = 256;

/** Computes equal things once: nodes with the same operator, operands and attributes, and equal small constants. */
export function shareNodes(graph: Graph): Graph {
  const seen = new Map<string, Value>();
  return rewrite(shareConstants(graph), (node) => {
    if (node.subgraphs || node.outputs.length !== 1) return undefined;
    const key = keyOf(node);
    const same = seen.get(key);
    if (same === undefined) seen.set(key, node.outputs[0]!);
    return same;
  });
}

function keyOf({ op, domain, inputs, attributes }: Node): string {
  return JSON.stringify([op, domain, inputs.map((input) => input?.id ?? null), attributes]);
}

function shareConstants(graph: Graph): Graph {
  const seen = new Map<string, Value>();
  const replaced = new Map<Value, Value>();
  const constants = new Map<Value, ConstantData>();
  for (const [value, data] of graph.constants) {
    const key =
      data.length > comparedElements ? undefined : `${value.dtype}[${value.shape}]${describe(data)}`;
    const same = key === undefined ? undefined : seen.get(key);
    if (same === undefined) {
      constants.set(value, data);
      if (key !== undefined) seen.set(key, value);
    } else replaced.set(value, same);
  }
  const nodes = graph.nodes.map((node) => replaceReads(node, replaced));
  return { ...graph, nodes, constants };
}

/** Tells 0 from -0, which are equal to join(). */
function describe(data: ConstantData): string {
  return Array.from(data as ArrayLike<unknown>, (each) => (Object.is(each, -0) ? '-0' : String(each))).join();
}
