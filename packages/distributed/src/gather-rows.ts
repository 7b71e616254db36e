import { invalidField } from '@m3ae/errors';
import type { Communicator } from './communicator.js';

/** Rows of all ranks, and the way back for their gradient. */
export interface GatheredRows {
  /** The rows of rank 0, then those of rank 1, …: [size * rows, dim]. */
  readonly values: Float32Array;
  /**
   * The gradient by this rank's own rows. A row enters the loss of every rank, so its gradient is the sum, in the order of the
   * ranks, of what each of them finds. (Leaving the other ranks' share out is the usual mistake.)
   *
   * @param gradient - This rank's gradient of its loss by `values`: [size * rows, dim].
   * @returns [rows, dim], of the sum of all ranks' losses.
   */
  backward(gradient: Float32Array): Promise<Float32Array>;
}

/**
 * Gathers equal numbers of rows from all ranks, as a contrast needs whose negatives are the whole batch's.
 *
 * @param rows - This rank's: [rows, dim], flat.
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, section 2.5, for a loss whose
 * similarities are spread over devices.
 */
export async function gatherRows(communicator: Communicator, rows: Float32Array): Promise<GatheredRows> {
  const { rank, size } = communicator;
  const each = rows.length;
  const values = new Float32Array(size * each);
  values.set(rows, rank * each);
  await communicator.allGather(values);
  return {
    values,
    async backward(gradient) {
      if (gradient.length !== values.length) {
        const remedy = 'Pass the gradient by all rows.';
        throw invalidField('gradient', `of ${values.length} elements`, gradient.length, remedy);
      }
      const received = new Float32Array(gradient.length);
      const pieces = { length: each, stride: each };
      await communicator.exchange(gradient, pieces, received, pieces);
      const sum = received.slice(0, each);
      for (let from = 1; from < size; from++) {
        for (let i = 0; i < each; i++) sum[i] = sum[i]! + received[from * each + i]!;
      }
      return sum;
    },
  };
}
