import { invalidField } from '@m3ae/errors';
import { graphBuilder, onnxType } from './builder.js';
import { type ConstantData, fullData, type Graph, int, mapBodies, type Node, type Value } from './graph.js';

/** A number that follows from the batch: `times * batch + plus`. */
interface Affine {
  readonly times: number;
  readonly plus: number;
}

/**
 * Makes the batch of a graph free, given the same function recorded for two batch sizes: whatever constant differs between
 * the two is computed from the batch of the inputs instead.
 *
 * @throws InvalidInput if the two are not the same computation, or a constant does not follow from the batch.
 */
export function freeBatch(small: Graph, large: Graph): Graph {
  const sizes = batchSizes(small, large);
  const builder = graphBuilder();
  const batch = batchOf(small, sizes, builder);
  const freed = new Map<Value, Value>();

  /** The value that stands for a constant that differs. */
  function free(value: Value, other: Value, data: ConstantData, otherData: ConstantData): Value {
    const known = freed.get(value);
    if (known) return known;
    const made = computed(builder, batch, sizes, [value, data], [other, otherData]);
    freed.set(value, made);
    return made;
  }

  function walk(one: Graph, two: Graph): Node[] {
    requireSame(one.nodes.length === two.nodes.length);
    return one.nodes.map((node, at) => {
      const twin = two.nodes[at]!;
      const isSame = node.op === twin.op && node.inputs.length === twin.inputs.length;
      requireSame(isSame && JSON.stringify(node.attributes) === JSON.stringify(twin.attributes));
      const inputs = node.inputs.map((value, i) => {
        const [data, otherData] = [
          value && one.constants.get(value),
          twin.inputs[i] && two.constants.get(twin.inputs[i]),
        ];
        if (value === undefined || data === undefined || otherData === undefined) return value;
        return isEqual(value, data, twin.inputs[i]!, otherData)
          ? value
          : free(value, twin.inputs[i]!, data, otherData);
      });
      return mapBodies({ ...node, inputs }, (body, name) => ({
        ...body,
        nodes: walk(body, twin.subgraphs![name]!),
      }));
    });
  }

  const nodes = walk(small, large);
  const own = builder.finish([], []);
  const used = new Set(nodes.flatMap(reads));
  const kept = [...small.constants].filter(([value]) => used.has(value));
  return { ...small, nodes: [...own.nodes, ...nodes], constants: new Map([...own.constants, ...kept]) };
}

/** All values that a node or its bodies read. */
function reads({ inputs, subgraphs = {} }: Node): (Value | undefined)[] {
  return [...inputs, ...Object.values(subgraphs).flatMap(({ nodes }) => nodes.flatMap(reads))];
}

/** The axes of values whose length is the batch, in two recordings. */
export function batchAxes(value: Value, other: Value): readonly number[] {
  return value.shape.flatMap((length, axis) => (length === other.shape[axis] ? [] : [axis]));
}

const remedy = 'Give examples that differ in the batch alone, of at least 2.';

function requireSame(isSame: boolean): void {
  if (!isSame)
    throw invalidField('otherBatch', 'examples of the same computation', 'those of another one', remedy);
}

function batchSizes(small: Graph, large: Graph): readonly [number, number] {
  requireSame(small.inputs.length === large.inputs.length);
  const pairs = small.inputs.flatMap((input, i) =>
    batchAxes(input, large.inputs[i]!).map(
      (axis) => [input.shape[axis]!, large.inputs[i]!.shape[axis]!] as const,
    ),
  );
  const [first] = pairs;
  const agree = pairs.every(([a, b]) => a === first![0] && b === first![1]);
  if (first === undefined || !agree || first[0] < 2)
    throw invalidField('otherBatch', 'another batch size', pairs, remedy);
  return first;
}

/** The batch at run time: int64 [1]. */
function batchOf(
  { inputs }: Graph,
  [size]: readonly [number, number],
  builder: ReturnType<typeof graphBuilder>,
): Value {
  const input = inputs.find(({ shape }) => shape.includes(size))!;
  const shape = builder.node('Shape', [input], { shape: [input.shape.length], dtype: 'int64' });
  const axis = builder.int64([input.shape.indexOf(size)]);
  return builder.node('Gather', [shape, axis], { shape: [1], dtype: 'int64' });
}

function isEqual(a: Value, dataA: ConstantData, b: Value, dataB: ConstantData): boolean {
  return (
    a.shape.join() === b.shape.join() &&
    fullData(a, dataA).every((item, at) => Object.is(item, fullData(b, dataB)[at]))
  );
}

function affine(a: number, b: number, [small, large]: readonly [number, number]): Affine {
  const times = (b - a) / (large - small);
  const plus = a - times * small;
  if (Number.isInteger(times) && Number.isInteger(plus)) return { times, plus };
  throw invalidField(
    'a constant',
    'one that follows from the batch',
    `${a} and ${b}`,
    'Leave means over the batch out.',
  );
}

type Builder = ReturnType<typeof graphBuilder>;

/** `times * batch + plus` for each of a list: int64 [list length]. */
function list(builder: Builder, batch: Value, items: readonly Affine[]): Value {
  const type = { shape: [items.length], dtype: 'int64' } as const;
  const scaled = builder.node('Mul', [batch, builder.int64(items.map(({ times }) => times))], type);
  return builder.node('Add', [scaled, builder.int64(items.map(({ plus }) => plus))], type);
}

function computed(
  builder: Builder,
  batch: Value,
  sizes: readonly [number, number],
  [value, data]: readonly [Value, ConstantData],
  [other, otherData]: readonly [Value, ConstantData],
): Value {
  const [a, b] = [fullData(value, data), fullData(other, otherData)];
  const shape = list(
    builder,
    batch,
    value.shape.map((length, axis) => affine(length, other.shape[axis]!, sizes)),
  );
  if (value.shape.join() === other.shape.join()) {
    const items = Array.from({ length: a.length }, (_, at) => affine(Number(a[at]), Number(b[at]), sizes));
    const flat = list(builder, batch, items);
    const cast = castTo(builder, flat, value);
    return value.dtype === 'int64' ? cast : builder.node('Reshape', [cast, shape], value);
  }
  const [first, second] = [Number(b[0]), Number(b[1] ?? b[0])];
  const step = second - first;
  const isUniform = [...b].every((item) => Object.is(Number(item), first)) && Number(a[0]) === first;
  if (isUniform) {
    const element = builder.fill(first, [], value.dtype);
    return builder.node('Expand', [element, shape], value);
  }
  const isRamp = [a, b].every((items) => [...items].every((item, at) => Number(item) === first + at * step));
  if (!isRamp)
    throw invalidField('a constant', 'one that follows from the batch', `[${other.shape}]`, remedy);
  const count = builder.node(
    'ReduceProd',
    [shape],
    { shape: [], dtype: 'int64' },
    { attributes: { keepdims: int(0) } },
  );
  const zero = scalarInt64(builder, 0);
  const type = { shape: value.shape, dtype: 'int64' } as const;
  const range = builder.node('Range', [zero, count, scalarInt64(builder, 1)], type);
  const scaled = builder.node('Mul', [range, scalarInt64(builder, step)], type);
  const moved = builder.node('Add', [scaled, scalarInt64(builder, first)], type);
  return builder.node('Reshape', [castTo(builder, moved, value), shape], value);
}

const scalarInt64 = (builder: Builder, number: number) => builder.constant([number], [], 'int64');

function castTo(builder: Builder, source: Value, { dtype }: Value): Value {
  if (dtype === 'int64') return source;
  const options = { attributes: { to: int(onnxType(dtype)) } };
  return builder.node('Cast', [source], { shape: source.shape, dtype }, options);
}
