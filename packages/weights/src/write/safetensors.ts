import { type SafetensorsTensor, encodeSafetensors } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { describeModel } from '../families/own.js';
import type { ModelWeights } from '../model.js';
import { toBrain, toHalf } from './low-precision.js';

/** Precisions in which parameters are written. */
export type WeightsDtype = 'float32' | 'float16' | 'bfloat16';

/**
 * A model as one safetensors file under our own names, with what it is beside them, so that {@link readWeights} reads it
 * without further hints.
 *
 * @param dtype - Default `float32`, which loses no bit.
 * @throws InvalidInput if a parameter is beyond the range of `dtype`.
 */
export function toSafetensors(model: ModelWeights, dtype: WeightsDtype = 'float32'): Uint8Array {
  const metadata = { format: 'm3ae', model: JSON.stringify(describeModel(model)) };
  return encodeArrays(Object.fromEntries(flattenTree(model.params)), dtype, metadata);
}

/**
 * Arrays as one safetensors file.
 *
 * @throws InvalidInput if one is beyond the range of `dtype`.
 */
export function encodeArrays(
  arrays: Readonly<Record<string, NdArray>>,
  dtype: WeightsDtype,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const tensors = Object.entries(arrays).map(
    ([name, array]) => [name, tensorAs(array, dtype, name)] as const,
  );
  return encodeSafetensors(Object.fromEntries(tensors), metadata);
}

function tensorAs({ shape, data }: NdArray, dtype: WeightsDtype, path: string): SafetensorsTensor {
  if (!(data instanceof Float32Array))
    throw invalidField(path, 'of float32', data.constructor.name, 'Check it.');
  if (dtype === 'float32') return { dtype: 'F32', shape, data };
  if (dtype === 'bfloat16') return { dtype: 'BF16', shape, data: toBrain(data) };
  if (dtype !== 'float16')
    throw invalidField('dtype', 'float32, float16 or bfloat16', dtype, 'float32 loses no bit.');
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest >= 65520) throw invalidField(path, 'below 65520 for float16', largest, 'Use bfloat16.');
  return { dtype: 'F16', shape, data: toHalf(data) };
}
