import { sizeOfShape } from '@m3ae/tree';

/**
 * Element types of the intermediate representation. `int64` appears only where ONNX demands it, `bfloat16` only between the nodes of a graph:
 * never in an argument, a result or a constant.
 */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64' | 'bfloat16';

/** One tensor of a graph: made by one node, or an input, or a constant. Compared by identity. */
export interface Value {
  /** Unique in the process; only for printing, names in a file are given on encoding. */
  readonly id: number;
  /** Length of each axis; always known. */
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** Given to inputs and outputs of the whole graph: the path of the leaf. */
  readonly name?: string;
}

/** An attribute of a node, with the type that ONNX needs to know. */
export type Attribute =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string };

/** The application of one ONNX operator. */
export interface Node {
  /** ONNX op type, e.g. `MatMul`. */
  readonly op: string;
  /** Operator set; absent for the standard one, else e.g. `com.microsoft`. */
  readonly domain?: string;
  /** `undefined` is an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** `undefined` is an optional output that nobody wants. */
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Bodies of `Scan`, `If` and `Loop`, by attribute name. They may read values of the graph around them. */
  readonly subgraphs?: Readonly<Record<string, Graph>>;
}

/** Elements of a constant. One element for a larger shape means that all elements are equal. */
export type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/**
 * A whole computation as plain data.
 *
 * Nodes stand in an order in which each reads only inputs, constants and outputs of earlier nodes.
 */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<Value, ConstantData>;
}

/** The same node with other bodies. */
export function mapBodies(node: Node, change: (body: Graph, name: string) => Graph): Node {
  if (!node.subgraphs) return node;
  const bodies = Object.entries(node.subgraphs).map(([name, body]) => [name, change(body, name)] as const);
  return { ...node, subgraphs: Object.fromEntries(bodies) };
}

/** A step of optimization: a pure function, which may share nodes and values with what it received. */
export type Pass = (graph: Graph) => Graph;

let lastId = 0;

/** Makes a value that no node produces yet. */
export function createValue(shape: readonly number[], dtype: ElementType, name?: string): Value {
  lastId += 1;
  return name === undefined ? { id: lastId, shape, dtype } : { id: lastId, shape, dtype, name };
}

/** An integer attribute. */
export const int = (value: number): Attribute => ({ type: 'int', value });
/** A floating-point attribute. */
export const float = (value: number): Attribute => ({ type: 'float', value });
/** A list of integers. */
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value });
/** A string attribute. */
export const text = (value: string): Attribute => ({ type: 'string', value });

/** Copies elements into the array type of an element type. */
export function typedData(data: ArrayLike<number>, dtype: ElementType): ConstantData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(data);
    case 'int32':
      return Int32Array.from(data);
    case 'bool':
      return Uint8Array.from(data);
    case 'int64':
      return BigInt64Array.from(Array.from(data, (element) => BigInt(element)));
    case 'bfloat16':
      throw new TypeError(
        'a constant must be of another element type than bfloat16: cast one of float32 by a node',
      );
  }
}

/** Whether all elements are the same, bit for bit where it matters (0 and -0 differ, NaN equals itself). */
export function isUniform(data: ArrayLike<number>): boolean {
  const first = data[0];
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return false;
  return data.length > 0;
}

/** The one element all of a constant's elements equal, or undefined. */
export function uniformElement(data: ConstantData | undefined): number | undefined {
  if (data === undefined || data.length === 0) return undefined;
  if (data.length === 1) return Number(data[0]);
  return data instanceof BigInt64Array || !isUniform(data) ? undefined : data[0];
}

/** All elements of a constant, a repeated one written out. */
export function fullData(value: Value, data: ConstantData): ConstantData {
  const length = sizeOfShape(value.shape);
  if (data.length === length) return data;
  if (data instanceof BigInt64Array) return new BigInt64Array(length).fill(data[0]!);
  return typedData(new Array<number>(length).fill(data[0]!), value.dtype);
}
