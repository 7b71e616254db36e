import * as module from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { sizeOfShape } from '@m3ae/tree';
import { onnxType } from './builder.js';
import type { Attribute, ConstantData, Graph, Node, Value } from './graph.js';

/**
 * The messages of the ONNX file format.
 *
 * The package is CommonJS in a form whose named exports Node cannot find when an ES module imports it; bundlers can.
 */
export const { onnx } = 'onnx' in module ? module : (module as { default: typeof module }).default;

/** Versions written into the file: the standard operators used here exist since opset 18. */
const standardOpset = 18;
const fileFormat = 8;

/** Names of values in one file. */
type Names = Map<Value, string>;

/**
 * Encodes a graph as an ONNX model.
 *
 * Inputs and outputs carry the names of their values; all others are numbered in the order of the nodes,
 * so the same graph always gives the same bytes.
 *
 * @param finish - Last changes to the encoded graph.
 * @returns The bytes of a ModelProto.
 */
export function encodeModel(
  graph: Graph,
  name = 'compiled',
  finish: (encoded: Onnx.IGraphProto) => Onnx.IGraphProto = (encoded) => encoded,
): Uint8Array {
  const domains = new Set(['', ...domainsOf(graph)]);
  return onnx.ModelProto.encode({
    irVersion: fileFormat,
    producerName: '@m3ae/compile',
    opsetImport: [...domains].map((domain) => ({ domain, version: domain === '' ? standardOpset : 1 })),
    graph: finish(encodeGraph(graph, name, new Map())),
  }).finish();
}

function domainsOf(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => [
    node.domain ?? '',
    ...Object.values(node.subgraphs ?? {}).flatMap(domainsOf),
  ]);
}

function encodeGraph(graph: Graph, name: string, outer: Names): Onnx.IGraphProto {
  const names: Names = new Map(outer);
  const nameOf = (value: Value | undefined) => {
    if (value === undefined) return '';
    if (!names.has(value)) names.set(value, `${name}/${names.size}`);
    return names.get(value)!;
  };
  for (const value of [...graph.inputs, ...graph.outputs]) {
    if (value.name !== undefined) names.set(value, value.name);
  }
  graph.inputs.forEach(nameOf); // before a subgraph reads one
  const initializer: Onnx.ITensorProto[] = [];
  const node: Onnx.INodeProto[] = [];
  for (const [value, data] of graph.constants) encodeConstant(value, data, nameOf(value), initializer, node);
  for (const each of graph.nodes) node.push(encodeNode(each, nameOf, names));
  return {
    name,
    node,
    initializer,
    input: graph.inputs.map((value) => valueInfo(value, nameOf(value))),
    output: graph.outputs.map((value) => valueInfo(value, nameOf(value))),
  };
}

function encodeConstant(
  value: Value,
  data: ConstantData,
  name: string,
  initializer: Onnx.ITensorProto[],
  nodes: Onnx.INodeProto[],
): void {
  if (data.length === sizeOfShape(value.shape)) {
    initializer.push(tensor(name, value.shape, onnxType(value.dtype), data));
    return;
  }
  const { node, parts } = repeated(name, value.shape, onnxType(value.dtype), data);
  initializer.push(...parts);
  nodes.push(node);
}

/** A constant of one repeated element, as a node that repeats it: so the file does not grow by the size of the constant. */
export function repeated(
  name: string,
  dims: readonly number[],
  dataType: number,
  element: ConstantData,
): { node: Onnx.INodeProto; parts: Onnx.ITensorProto[] } {
  const [one, shape] = [`${name}/element`, `${name}/shape`];
  const lengths = BigInt64Array.from(dims, BigInt);
  const parts = [
    tensor(one, [], dataType, element),
    tensor(shape, [lengths.length], onnxType('int64'), lengths),
  ];
  return { node: { opType: 'Expand', input: [one, shape], output: [name] }, parts };
}

function tensor(
  name: string,
  dims: readonly number[],
  dataType: number,
  data: ConstantData,
): Onnx.ITensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...dims], dataType, rawData };
}

function valueInfo(value: Value, name: string): Onnx.IValueInfoProto {
  const dim = value.shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: onnxType(value.dtype), shape: { dim } } } };
}

function encodeNode(node: Node, nameOf: (value: Value | undefined) => string, names: Names): Onnx.INodeProto {
  const output = node.outputs.map(nameOf);
  const attribute = Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value));
  for (const [name, body] of Object.entries(node.subgraphs ?? {})) {
    const g = encodeGraph(body, `${output.find((each) => each !== '')}/${name}`, names);
    attribute.push({ name, type: onnx.AttributeProto.AttributeType.GRAPH, g });
  }
  return { opType: node.op, domain: node.domain ?? '', input: node.inputs.map(nameOf), output, attribute };
}

function encodeAttribute(name: string, attribute: Attribute): Onnx.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType;
  switch (attribute.type) {
    case 'int':
      return { name, type: types.INT, i: attribute.value };
    case 'float':
      return { name, type: types.FLOAT, f: attribute.value };
    case 'ints':
      return { name, type: types.INTS, ints: [...attribute.value] };
    case 'floats':
      return { name, type: types.FLOATS, floats: [...attribute.value] };
    case 'string':
      return { name, type: types.STRING, s: new TextEncoder().encode(attribute.value) };
  }
}
