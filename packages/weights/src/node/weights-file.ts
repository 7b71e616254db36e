import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { ByteSource } from '../byte-source.js';
import type { ModelWeights } from '../model.js';
import { readTensors, readWeights, type ReadWeightsOptions } from '../read-weights.js';
import { readAll } from '../tensors.js';

/**
 * A file that stays on disk and is read piece by piece.
 *
 * @returns The source, and what closes the file.
 * @throws InvalidInput if there is no such file.
 */
export function fileSource(path: string): { readonly source: ByteSource; close(): void } {
  const file = open(path);
  const { size } = fstatSync(file);
  const read = (begin: number, end: number): Uint8Array => {
    const bytes = new Uint8Array(end - begin);
    for (let done = 0; done < bytes.length;) {
      const count = readSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30), begin + done);
      if (count === 0)
        throw invalidField(path, 'as long as when it was opened', 'less', 'Wait until it is whole.');
      done += count;
    }
    return bytes;
  };
  return { source: { name: path, length: size, read }, close: () => closeSync(file) };
}

function open(path: string): number {
  try {
    const file = openSync(path, 'r');
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch {
    // told below
  }
  throw invalidField(path, 'a file that can be read', 'none', 'Check the path.');
}

/**
 * As `readWeights` for a file on disk; of a training state of gigabytes only the parameters are read.
 *
 * @throws InvalidInput under the conditions of `readWeights`.
 *
 * @example
 * ```ts
 * const { config, params } = readWeightsFile('m3ae_base.pkl');
 * ```
 */
export function readWeightsFile(path: string, options: ReadWeightsOptions = {}): ModelWeights {
  return reading(path, (source) => readWeights(source, options));
}

/** All tensors of a file under its own names, for a model that is not known here. */
export function readTensorsFile(path: string): Record<string, NdArray> {
  return reading(path, (source) => readAll(readTensors(source), source.length));
}

function reading<Result>(path: string, read: (source: ByteSource) => Result): Result {
  const { source, close } = fileSource(path);
  try {
    return read(source);
  } finally {
    close();
  }
}
