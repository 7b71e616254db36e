import { split, type Tensor } from '@tensorflow/tfjs-core';
import { flattenTree, mapTree, type Tree } from '@m3ae/tree';
import type { StepBatch } from './types.js';

/**
 * Cuts a batch into `count` batches of consecutive examples. Masks shared by the batch stay shared.
 *
 * @throws RangeError if the batch cannot be divided evenly, or holds `textRows`.
 */
export function microBatches(batch: StepBatch<Tensor>, count: number): StepBatch<Tensor>[] {
  if (count === 1) return [batch];
  if (batch.textRows) {
    // They point into the whole batch, and their weights count its examples: a part of them means something else.
    throw new RangeError(
      `textRows must be left out where accumulate is above 1; received both, accumulate ${count}. ` +
        'Give logits to all hidden tokens.',
    );
  }
  const { learningRate, ...examples } = batch;
  const leaves = new Map(
    flattenTree<Tensor>(examples as unknown as Tree<Tensor>).map(([path, leaf]) => [
      path,
      parts(leaf, count, path),
    ]),
  );
  return Array.from({ length: count }, (_, part) => ({
    ...(mapTree(
      examples as unknown as Tree<Tensor>,
      (_leaf, path) => leaves.get(path)![part]!,
    ) as unknown as Omit<StepBatch<Tensor>, 'learningRate'>),
    learningRate,
  }));
}

function parts(leaf: Tensor, count: number, path: string): Tensor[] {
  const rows = leaf.shape[0] ?? 1;
  if (rows === 1) return Array.from({ length: count }, () => leaf);
  if (rows % count !== 0) {
    throw new RangeError(
      `accumulate must divide the batch; received ${count} for ${rows} rows of ${path}. ` +
        'Choose a batch size that is a multiple of accumulate.',
    );
  }
  return split(leaf, count, 0);
}
