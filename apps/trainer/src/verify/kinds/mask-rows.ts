import type { MaskPlan } from '@m3ae/masking';
import { type NdArray, ndArray } from '@m3ae/tree';

/** The mask of every example; one shared by the batch stands for all: [batch, length]. */
export function maskRows({ mask }: MaskPlan, batch: number): NdArray {
  const [rows, length] = mask.shape as [number, number];
  const data = new Float32Array(batch * length);
  for (let copy = 0; copy < batch / rows; copy++) data.set(mask.data, copy * mask.data.length);
  return ndArray(data, [batch, length]);
}
