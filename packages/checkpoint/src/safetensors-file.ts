import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { invalidField, unusable } from '@m3ae/errors';
import { elementsOfBytes, type SafetensorsTensor } from './elements.js';
import { parseHeader, readHeaderLength, type SafetensorsHeader, type SafetensorsLimits } from './header.js';
import {
  planSafetensors,
  safetensorsChunks,
  type SafetensorsFile,
  type SafetensorsInput,
} from './safetensors.js';
import { replaceFile, type WrittenFile } from './whole-file.js';

/** Options of {@link readSafetensorsFile}. */
export interface ReadSafetensorsOptions extends SafetensorsLimits {
  /** Which tensors to read, by name. Default: all. */
  readonly only?: (name: string) => boolean;
  /** Expected SHA-256 of the whole file, in hexadecimal; then all tensors are read. */
  readonly sha256?: string;
}

const pieceBytes = 64 * 1024 * 1024;

async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
  hash?: Hash,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const wanted = Math.min(pieceBytes, length - done);
    const { bytesRead } = await file.read(bytes, done, wanted, position + done);
    if (bytesRead === 0) throw unusable('The file was cut short while it was read.');
    hash?.update(bytes.subarray(done, done + bytesRead));
    done += bytesRead;
  }
  return bytes;
}

async function readHeader(file: FileHandle, path: string, limits: SafetensorsLimits, hash?: Hash) {
  const { size } = await file.stat();
  const prefix = await readExactly(file, 0, Math.min(8, size), hash);
  const length = readHeaderLength(prefix, size, path, limits);
  return parseHeader(await readExactly(file, 8, length, hash), size, path);
}

/**
 * Reads and checks the header of a file: which tensors it holds, of which type and shape. Cheap for a file of any size.
 *
 * @throws InvalidInput under the conditions of `decodeSafetensors`, with the path in front.
 */
export async function readSafetensorsHeader(
  path: string,
  limits: SafetensorsLimits = {},
): Promise<SafetensorsHeader> {
  const file = await open(path, 'r');
  try {
    return await readHeader(file, path, limits);
  } finally {
    await file.close();
  }
}

/**
 * Reads a safetensors file, tensor by tensor: the memory in use is that of the tensors.
 *
 * @param path - Of the file.
 * @param options - Which tensors, limits, and the checksum to expect.
 * @returns Tensors in the file's own types; `toNdArray` turns them into plain arrays.
 * @throws InvalidInput under the conditions of `decodeSafetensors`, or if the checksum differs; the path is named.
 *
 * @example
 * ```ts
 * const { tensors } = await readSafetensorsFile('model.safetensors', { only: (name) => name.startsWith('encoder.') });
 * ```
 */
export async function readSafetensorsFile(
  path: string,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const { only = () => true, sha256, ...limits } = options;
  const hash = sha256 === undefined ? undefined : createHash('sha256');
  const file = await open(path, 'r');
  const tensors: [string, SafetensorsTensor][] = [];
  try {
    const { entries, metadata, dataOffset } = await readHeader(file, path, limits, hash);
    for (const { name, dtype, shape, begin, end } of entries) {
      if (!hash && !only(name)) continue;
      const bytes = await readExactly(file, dataOffset + begin, end - begin, hash);
      if (only(name)) tensors.push([name, { dtype, shape, data: elementsOfBytes(dtype, bytes) }]);
    }
    const found = hash?.digest('hex');
    if (sha256 !== undefined && found !== sha256) {
      const remedy = 'The file is damaged: use an earlier checkpoint or a copy.';
      throw invalidField(`${path}: SHA-256`, sha256, found, remedy);
    }
    return { tensors: Object.fromEntries(tensors), metadata };
  } finally {
    await file.close();
  }
}

/**
 * Writes tensors to a safetensors file, streaming: the memory in use does not grow by the size of the file.
 *
 * The file appears whole, by rename after fsync; one of the same name is replaced. The tensors must not change meanwhile.
 *
 * @param path - Of the file; its folder must exist.
 * @param tensors - As for `encodeSafetensors`.
 * @param metadata - Strings by name.
 * @returns Size and SHA-256 of the file; equal content gives equal bytes.
 * @throws InvalidInput naming every unfit tensor.
 * @throws Error if the disk is full or the folder cannot be written.
 *
 * @example
 * ```ts
 * const { sha256 } = await writeSafetensorsFile('model.safetensors', { bias: { shape: [2], data: Float32Array.of(1, 2) } });
 * ```
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: SafetensorsInput,
  metadata: Readonly<Record<string, string>> = {},
): Promise<WrittenFile> {
  return replaceFile(path, safetensorsChunks(planSafetensors(tensors, metadata)));
}
