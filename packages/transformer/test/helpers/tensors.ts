import { type MaskPlan, planFromNoise, planTensors } from '@m3ae/masking';
import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { tensor, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

export function toTensor({ data, shape }: NdArray): Tensor {
  const dtype = data instanceof Int32Array ? 'int32' : data instanceof Uint8Array ? 'bool' : 'float32';
  return tensor(data, shape as number[], dtype);
}

export function toTensors<T>(tree: Tree<NdArray>): T {
  return mapTree(tree, toTensor) as T;
}

/** Noise [length] is shared by the batch, [rows, length] is not. */
export function planOf({ data, shape }: NdArray, maskRatio: number): MaskPlan<Tensor2D> {
  const rows = shape.length === 1 ? 1 : shape[0]!;
  return planTensors(planFromNoise(data as Float32Array, rows, shape.at(-1)!, maskRatio));
}
