import type { NdArray } from '@m3ae/tree';
import {
  elementsClass,
  elementsOfBytes,
  fileBytes,
  isDtype,
  type SafetensorsTensor,
  withDtype,
} from './elements.js';
import {
  byteSize,
  faultyParts,
  parseHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type SafetensorsLimits,
} from './header.js';

/** Tensors by name, as plain arrays or in a type of the file. */
export type SafetensorsInput = Readonly<Record<string, NdArray | SafetensorsTensor>>;

/** A file in the making: the first bytes, then the tensors' in this order. */
export interface SafetensorsPlan {
  /** Length field and header, padded with spaces to a multiple of 8 bytes. */
  readonly head: Uint8Array;
  readonly tensors: readonly (readonly [name: string, tensor: SafetensorsTensor])[];
  /** Bytes of the whole file. */
  readonly totalBytes: number;
}

const typesByWidth = Object.keys(elementsClass);

/** The format's own library writes wide types first; in its order, equal content is an equal file. */
const rank = ({ dtype }: SafetensorsTensor) => typesByWidth.indexOf(dtype);

const byCodeUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Lays a file out: widest elements first, then by name, so that every tensor is aligned and equal content is equal bytes.
 *
 * @throws InvalidInput naming every tensor whose name, type, shape or length is unfit, and metadata that is not a string.
 */
export function planSafetensors(
  tensors: SafetensorsInput,
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsPlan {
  const faults = Object.entries(tensors).flatMap(([name, tensor]) => tensorFaults(name, withDtype(tensor)));
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      faults.push(`__metadata__.${name} must be a string; received ${typeof text}`);
  }
  if (faults.length > 0) {
    throw faultyParts(
      'tensors must fit the safetensors format',
      faults,
      'Pass { shape, data } of matching size.',
    );
  }
  const ordered = Object.entries(tensors)
    .map(([name, tensor]) => [name, withDtype(tensor)] as const)
    .sort(([nameA, a], [nameB, b]) => rank(b) - rank(a) || byCodeUnits(nameA, nameB));
  let position = 0;
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  for (const [name, { dtype, shape, data }] of ordered) {
    header.push([name, { dtype, shape, data_offsets: [position, position + data.byteLength] }]);
    position += data.byteLength;
  }
  const head = encodeHead(JSON.stringify(Object.fromEntries(header)));
  return { head, tensors: ordered, totalBytes: head.length + position };
}

/** The bytes of a planned file, tensor by tensor: views, not copies. */
export function* safetensorsChunks(plan: SafetensorsPlan): Generator<Uint8Array> {
  yield plan.head;
  for (const [, { data }] of plan.tensors) yield fileBytes(data);
}

function tensorFaults(name: string, { dtype, shape, data }: SafetensorsTensor): string[] {
  if (name === '__metadata__') return ['__metadata__ must not name a tensor; rename it'];
  const label = JSON.stringify(name);
  // A lone surrogate has no UTF-8 form: two such names would become one.
  if (/\p{Surrogate}/u.test(name)) return [`${label} must be well-formed Unicode`];
  if (!isDtype(dtype)) return [`${label}: dtype must be known; received ${String(dtype)}`];
  if (!(data instanceof elementsClass[dtype])) {
    return [
      `${label}: ${dtype} must be held by ${elementsClass[dtype].name}; received ${data?.constructor?.name}`,
    ];
  }
  const wholeLengths =
    Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!wholeLengths || byteSize(dtype, shape) !== data.byteLength) {
    return [`${label}: data must hold the product of shape [${shape}]; received ${data.length} elements`];
  }
  return [];
}

function encodeHead(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, 8);
  return head;
}

/**
 * Encodes tensors as one safetensors file.
 *
 * @param tensors - By name. Plain arrays become F32, I32 or BOOL (Uint8Array); give `{ dtype, shape, data }` for other types.
 * @param metadata - Strings by name, stored under `__metadata__`.
 * @returns The bytes of the file; the same for the same content, whatever the order of the names.
 * @throws InvalidInput naming every unfit tensor.
 *
 * @example
 * ```ts
 * const bytes = encodeSafetensors({ bias: { shape: [2], data: Float32Array.of(1, 2) } }, { model: 'tiny' });
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  tensors: SafetensorsInput,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const plan = planSafetensors(tensors, metadata);
  const bytes = new Uint8Array(plan.totalBytes);
  let position = 0;
  for (const chunk of safetensorsChunks(plan)) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}

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
