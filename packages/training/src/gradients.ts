import { valueAndGradients } from '@m3ae/compile';
import { invalidField } from '@m3ae/errors';
import { flattenTree, mapTree, type Tree, zipTrees } from '@m3ae/tree';
import { add, mul, type Scalar, split, type Tensor } from '@tensorflow/tfjs-core';
import type { Task } from './task.js';

/** Metrics of a batch and the gradient of its loss by every parameter. */
export interface LossGradients {
  readonly metrics: Readonly<Record<string, Scalar>>;
  readonly gradients: Tree<Tensor>;
}

/**
 * Metrics and gradients of a batch, computed in `accumulate` parts of equal size and averaged.
 *
 * A task's loss is a mean over examples, so the average over equal parts is that of the whole batch. Run eagerly, the
 * activations of one part are held at a time. Compiled, all parts stand in one graph, and ONNX Runtime held the activations of all in
 * every measurement: as much memory as the whole batch needs at once.
 *
 * @param accumulate - Parts; must divide the batch. Default 1.
 * @throws RangeError if the batch cannot be cut into so many parts.
 */
export function lossGradients<TensorBatch>(
  task: Pick<Task<unknown, TensorBatch>, 'loss' | 'indivisible'>,
  params: Tree<Tensor>,
  batch: TensorBatch,
  accumulate = 1,
): LossGradients {
  const reason = accumulate > 1 ? task.indivisible?.(batch) : undefined;
  if (reason !== undefined) throw invalidField('accumulate', '1 for this batch', accumulate, reason);
  const results = microBatches(batch, accumulate).map((part) => {
    const { aux, gradients } = valueAndGradients((weights) => {
      const { value, metrics } = task.loss(weights, part);
      return { value, aux: metrics };
    }, params);
    return { metrics: aux, gradients };
  });
  if (results.length === 1) return results[0]!;
  return {
    metrics: average(results.map(({ metrics }) => metrics)) as LossGradients['metrics'],
    gradients: average(results.map(({ gradients }) => gradients)),
  };
}

function average(trees: readonly Tree<Tensor>[]): Tree<Tensor> {
  const total = trees.reduce((sum, tree) => zipTrees(sum, tree, (a, b) => add(a, b)));
  return mapTree(total, (leaf) => mul(leaf, 1 / trees.length));
}

/** Cuts a batch into `count` batches of consecutive examples; leaves of one row, such as masks shared by the batch, stay. */
function microBatches<TensorBatch>(batch: TensorBatch, count: number): TensorBatch[] {
  if (count === 1) return [batch];
  const tree = batch as Tree<Tensor>;
  const cut = new Map(flattenTree<Tensor>(tree).map(([path, leaf]) => [path, parts(leaf, count, path)]));
  return Array.from(
    { length: count },
    (_, part) => mapTree(tree, (_leaf, path) => cut.get(path)![part]!) as TensorBatch,
  );
}

function parts(leaf: Tensor, count: number, path: string): Tensor[] {
  const rows = leaf.shape[0] ?? 1;
  if (rows === 1) return Array.from({ length: count }, () => leaf);
  if (rows % count === 0) return split(leaf, count, 0);
  const remedy = 'Choose a batch size that is a multiple of accumulate.';
  throw invalidField('accumulate', `a divisor of the ${rows} rows of ${path}`, count, remedy);
}
