import { createValue, type Graph, type Node, type Value } from '../ir/graph.js';

/** Writes the activations of com.microsoft with operators of the ONNX standard. */
export function useStandardOperators(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const nodes: Node[] = [];
  const scalar = (element: number) => {
    const value = createValue([], 'float32');
    constants.set(value, Float32Array.of(element));
    return value;
  };
  const apply = (op: string, x: Value, ...others: readonly (Value | number)[]): Value => {
    const output = createValue(x.shape, x.dtype);
    const inputs = [x, ...others.map((each) => (typeof each === 'number' ? scalar(each) : each))];
    nodes.push({ op, inputs, outputs: [output], attributes: {} });
    return output;
  };
  for (const node of graph.nodes) {
    if (node.domain !== 'com.microsoft' || (node.op !== 'Gelu' && node.op !== 'FastGelu')) {
      nodes.push(node);
      continue;
    }
    const x = node.inputs[0]!;
    const bend =
      node.op === 'Gelu' ? apply('Erf', apply('Mul', x, Math.SQRT1_2)) : apply('Tanh', cubic(apply, x));
    const half = apply('Mul', x, 0.5);
    nodes.push({ op: 'Mul', inputs: [half, apply('Add', bend, 1)], outputs: node.outputs, attributes: {} });
  }
  return { ...graph, nodes, constants };
}

/** sqrt(2 / pi) (x + 0.044715 x^3). */
function cubic(
  apply: (op: string, x: Value, ...others: readonly (Value | number)[]) => Value,
  x: Value,
): Value {
  const factor = Math.sqrt(2 / Math.PI);
  return apply('Mul', apply('Add', apply('Mul', apply('Mul', x, x), factor * 0.044715), factor), x);
}
