import { sizeOfShape } from '@m3ae/tree';
import {
  type Attribute,
  type ConstantData,
  createValue,
  type ElementType,
  type Graph,
  int,
  isUniform,
  type Node,
  typedData,
  type Value,
} from './graph.js';

/** Appends nodes to a graph under construction; each method returns the value it made. */
export interface GraphBuilder {
  /** A node with one output. */
  node(op: string, inputs: readonly (Value | undefined)[], result: ResultType, options?: NodeOptions): Value;
  /** A node with several outputs; `undefined` for an optional output that nobody wants. */
  nodes(
    op: string,
    inputs: readonly (Value | undefined)[],
    results: readonly (ResultType | undefined)[],
    options?: NodeOptions,
  ): Value[];
  /** A constant; large ones of one repeated value are stored as that value. */
  constant(data: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Value;
  /** A constant of `shape` with every element `value`. */
  fill(value: number, shape: readonly number[], dtype: ElementType): Value;
  /** A constant list of int64, as ONNX wants shapes, axes and starts. */
  int64(list: readonly number[]): Value;
  /** `value` in another element type; `value` itself where it has it already. */
  cast(value: Value, dtype: ElementType): Value;
  /** `value` in another shape of as many elements; `value` itself where it has it already. */
  reshape(value: Value, shape: readonly number[]): Value;
  /** `value` under a name, for an output of the graph. */
  identity(value: Value, name: string): Value;
  /** Elements of a constant made by this builder, else undefined. */
  constantData(value: Value): ConstantData | undefined;
  /** The graph so far. */
  finish(inputs: readonly Value[], outputs: readonly Value[]): Graph;
}

/** Shape and element type of an output. */
export interface ResultType {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

/** The rest of a node. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
  readonly subgraphs?: Readonly<Record<string, Graph>>;
}

const onnxTypes = { float32: 1, int32: 6, int64: 7, bool: 9, bfloat16: 16 } as const;

/** The number by which ONNX names an element type. */
export function onnxType(dtype: ElementType): number {
  return onnxTypes[dtype];
}

/** Starts an empty graph. */
export function graphBuilder(): GraphBuilder {
  const list: Node[] = [];
  const constants = new Map<Value, ConstantData>();

  const nodes: GraphBuilder['nodes'] = (op, inputs, results, options = {}) => {
    const outputs = results.map((result) => result && createValue([...result.shape], result.dtype));
    const { attributes = {}, ...rest } = options;
    list.push({ op, inputs, outputs, attributes, ...rest });
    return outputs.filter((output) => output !== undefined);
  };
  const node: GraphBuilder['node'] = (op, inputs, result, options) =>
    nodes(op, inputs, [result], options)[0]!;
  const keep = (data: ConstantData, shape: readonly number[], dtype: ElementType) => {
    const value = createValue([...shape], dtype);
    constants.set(value, data);
    return value;
  };
  const int64 = (numbers: readonly number[]) =>
    keep(BigInt64Array.from(numbers, BigInt), [numbers.length], 'int64');

  return {
    node,
    nodes,
    int64,
    constant(data, shape, dtype) {
      // Sixteen: below that an Expand node costs more than the elements.
      const uniform = data.length > 16 && isUniform(data);
      return keep(typedData(uniform ? [data[0]!] : data, dtype), shape, dtype);
    },
    fill: (value, shape, dtype) => {
      const length = sizeOfShape(shape);
      return keep(typedData(new Array<number>(length > 16 ? 1 : length).fill(value), dtype), shape, dtype);
    },
    cast: (value, dtype) =>
      value.dtype === dtype
        ? value
        : node('Cast', [value], { shape: value.shape, dtype }, { attributes: { to: int(onnxType(dtype)) } }),
    reshape: (value, shape) =>
      value.shape.join() === shape.join() && value.shape.length === shape.length
        ? value
        : // allowzero: a 0 in the shape is a length, not "copy from the input".
          node(
            'Reshape',
            [value, int64(shape)],
            { shape, dtype: value.dtype },
            { attributes: shape.includes(0) ? { allowzero: int(1) } : {} },
          ),
    identity(value, name) {
      const output = createValue(value.shape, value.dtype, name);
      list.push({ op: 'Identity', inputs: [value], outputs: [output], attributes: {} });
      return output;
    },
    constantData: (value) => constants.get(value),
    finish: (inputs, outputs) => ({ inputs, outputs, nodes: list, constants }),
  };
}
