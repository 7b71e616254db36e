import { invalidField } from '@m3ae/errors';
import {
  expandDims,
  gather,
  scatterND,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { hasKernel, runKernel, withGradient } from './fused-kernel.js';
import { kernels } from './kernels.js';
import { requireTensors } from './require-tensors.js';

/**
 * Rows of a table by id.
 *
 * tfjs's own gradient of `gather` needs UnsortedSegmentSum, which the WASM backend lacks; this one adds up rows otherwise.
 *
 * @param table - [vocab, dim]
 * @param ids - int32 [count], each in [0, vocab).
 * @returns [count, dim]
 */
export function lookUp(table: Tensor2D, ids: Tensor1D): Tensor2D {
  requireTensors({ table, ids });
  if (ids.dtype !== 'int32')
    throw invalidField('ids', 'of type int32', ids.dtype, 'Build them from an Int32Array.');
  const rows = table.shape[0];
  return withGradient<Tensor2D>(
    [table],
    () => ({ value: gather(table, ids), saved: [ids] }),
    (dy, [saved]) => [sumRowsById(dy, saved as Tensor1D, rows)],
  );
}

function sumRowsById(dy: Tensor2D, ids: Tensor1D, rows: number): Tensor {
  const kernel = kernels.embeddingGradient;
  if (hasKernel(kernel)) return runKernel(kernel, { dy, ids }, { rows })[0]!;
  return scatterND(expandDims(ids, 1), dy, [rows, dy.shape[1]]);
}
