import { sizeOfShape } from '@m3ae/tree';
import type { Graph, Node, Value } from '../ir/graph.js';
import { rewrite, type Rewriting } from './rewrite.js';

const sameShape = (a: Value, b: Value) =>
  a.shape.length === b.shape.length && a.shape.join() === b.shape.join();

/** Operand that leaves the other one as it is, by operator and side. */
const neutral: Readonly<Record<string, readonly [left: number | undefined, right: number | undefined]>> = {
  Add: [0, 0],
  Sub: [undefined, 0],
  Mul: [1, 1],
  Div: [undefined, 1],
  Pow: [undefined, 1],
};

/**
 * Removes nodes that give back what they are given: no-op moves and casts, x + 0, x * 1.
 *
 * An argument plus 0 stays: what the caller hands over may be -0, as a sum that has just begun, and becomes 0.
 */
export function removeIdentities(graph: Graph): Graph {
  const given = new Set(graph.inputs);
  return rewrite(graph, (node, rewriting) => {
    const [first] = node.inputs;
    const output = node.outputs[0];
    if (first === undefined || output === undefined) return undefined;
    switch (node.op) {
      case 'Identity':
        return first;
      case 'Cast':
        return first.dtype === output.dtype ? first : undefined;
      case 'Reshape':
      case 'Expand':
        return sameShape(first, output) ? first : undefined;
      case 'Transpose':
        return isOrdered(node) ? first : undefined;
      default:
        return node.op in neutral ? withoutNeutral(node, output, rewriting, given) : undefined;
    }
  });
}

function isOrdered({ attributes }: Node): boolean {
  return attributes.perm?.type === 'ints' && attributes.perm.value.every((axis, i) => axis === i);
}

/** With a neutral operand of a larger shape, what is left is a broadcast. */
function withoutNeutral(
  node: Node,
  output: Value,
  { uniform, addConstant }: Rewriting,
  given: ReadonlySet<Value>,
): Node | Value | undefined {
  const [left, right] = node.inputs;
  const [ofLeft, ofRight] = neutral[node.op]!;
  const other = isEqual(uniform(right), ofRight) ? left : isEqual(uniform(left), ofLeft) ? right : undefined;
  if (other === undefined) return undefined;
  if (node.op === 'Add' && output.dtype === 'float32' && given.has(other)) return undefined;
  if (sameShape(other, output)) return other;
  if (sizeOfShape(output.shape) === 0) return undefined;
  const shape = addConstant(BigInt64Array.from(output.shape, BigInt), [output.shape.length], 'int64');
  return { op: 'Expand', inputs: [other, shape], outputs: [output], attributes: {} };
}

const isEqual = (element: number | undefined, wanted: number | undefined) =>
  wanted !== undefined && element === wanted;
