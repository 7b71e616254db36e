import { elementsOfBytes } from './bytes.js';
import type { SafetensorsTensor } from './dtypes.js';
import { parseHeader, readHeaderLength, type SafetensorsHeader, type SafetensorsLimits } from './header.js';

/** The content of a safetensors file. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafetensorsTensor>>;
  /** The strings under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Decodes the bytes of a safetensors file, after checking them against every rule of the format.
 *
 * Tensors are views of `bytes` where alignment allows, so the memory is not doubled.
 *
 * @param bytes - The whole file.
 * @param limits - Bounds against lying headers.
 * @returns Tensors in the file's own types; {@link toNdArray} turns them into plain arrays.
 * @throws InvalidInput naming what is wrong: header too long, not JSON, names given twice, unknown type, shape and span
 * that differ, holes, overlaps, bytes missing or left over.
 *
 * @example
 * ```ts
 * const { tensors, metadata } = decodeSafetensors(new Uint8Array(await (await fetch(url)).arrayBuffer()));
 * const bias = toNdArray(tensors.bias!); // { shape: [2], data: Float32Array }
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(bytes: Uint8Array, limits: SafetensorsLimits = {}): SafetensorsFile {
  const { entries, metadata, dataOffset } = decodeSafetensorsHeader(bytes, limits);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
    const data = elementsOfBytes(dtype, bytes.subarray(dataOffset + begin, dataOffset + end));
    return [name, { dtype, shape, data }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Reads and checks the header alone: which tensors a file holds, of which type and shape, and where.
 *
 * @param bytes - The whole file, or its beginning with all of the header.
 * @param fileBytes - Length of the whole file.
 * @throws InvalidInput under the conditions of {@link decodeSafetensors}.
 */
export function decodeSafetensorsHeader(
  bytes: Uint8Array,
  limits: SafetensorsLimits = {},
  fileBytes: number = bytes.length,
): SafetensorsHeader {
  const length = readHeaderLength(bytes, fileBytes, 'bytes', limits);
  return parseHeader(bytes.subarray(8, 8 + length), fileBytes, 'bytes');
}
