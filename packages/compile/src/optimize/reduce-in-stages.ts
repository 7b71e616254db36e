import { sizeOfShape } from '@m3ae/tree';
import { int, type Graph, type Node } from '../ir/graph.js';
import { replaceNodes } from './replace-nodes.js';

/** Elements up to which one group of threads reduces a table as fast as two nodes would. */
const fewElements = 2 ** 14;

/** Rows that are reduced side by side: enough for the largest GPU, and few enough for one group of threads after them. */
const wantedRows = 1024;

/** Reductions to one element, and how the rows' results are put together. */
const second: Readonly<Record<string, string>> = {
  ReduceSum: 'ReduceSum',
  ReduceSumSquare: 'ReduceSum',
  ReduceMean: 'ReduceMean',
  ReduceMax: 'ReduceMax',
  ReduceMin: 'ReduceMin',
};

/**
 * Reduces a large table to one element by way of its rows. On WebGPU one group of threads makes each result of a reduction, so that
 * the rest of the GPU waits while it goes through a whole table.
 *
 * ViT-S step of 64 pictures on an NVIDIA H200: such reductions take 29 of 378 ms without this pass.
 */
export function reduceInStages(graph: Graph): Graph {
  return replaceNodes(graph, (node: Node) => {
    const [x] = node.inputs;
    const result = node.outputs[0]!;
    const op = second[node.op];
    if (op === undefined || x?.dtype !== 'float32' || sizeOfShape(result.shape) !== 1) return undefined;
    const size = sizeOfShape(x.shape);
    const rows = size > fewElements ? rowsOf(size) : undefined;
    if (rows === undefined) return undefined;
    return (builder) => {
      const reduce = (name: string, value: typeof x, axis: number, shape: readonly number[]) =>
        builder.node(
          name,
          [value, builder.int64([axis])],
          { shape, dtype: 'float32' },
          { attributes: { keepdims: int(0) } },
        );
      const each = reduce(node.op, builder.reshape(x, [rows, size / rows]), 1, [rows]);
      return [builder.reshape(reduce(op, each, 0, []), result.shape)];
    };
  });
}

/** The divisor of a table's size that is nearest to {@link wantedRows}, by ratio; none where rows would be few or short. */
function rowsOf(size: number): number | undefined {
  let best: number | undefined;
  const distance = (rows: number) => Math.abs(Math.log(rows / wantedRows));
  for (let low = 2; low * low <= size; low++) {
    if (size % low !== 0) continue;
    for (const rows of [low, size / low]) {
      if (best === undefined || distance(rows) < distance(best)) best = rows;
    }
  }
  return best !== undefined && best >= 32 && size / best >= 16 ? best : undefined;
}
