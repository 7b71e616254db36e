import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { ByteSource } from '../byte-source.js';
import { hintsOf } from '../hints.js';
import type { ModelWeights } from '../model.js';
import { readTensors, readWeights, type ReadWeightsOptions } from '../read-weights.js';
import { readAll } from '../tensors.js';

/** A file that is open for reading. */
export interface OpenedFile {
  readonly source: ByteSource;
  /** Closes it; the source cannot be read afterwards. */
  close(): void;
}

/**
 * A file that stays on disk and is read piece by piece.
 *
 * @returns The source, and what closes the file.
 * @throws InvalidInput if there is no such file.
 */
export function fileSource(path: string): OpenedFile {
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

/** Names under which weights lie in a folder; the first that is there is taken. */
const weightsNames = [
  'model.safetensors',
  'open_clip_model.safetensors',
  'pytorch_model.bin',
  'open_clip_pytorch_model.bin',
];

/** Names of the JSON files that say what weights do not. */
const configNames = ['open_clip_config.json', 'config.json'];

/**
 * As `readWeights` for a file on disk, or for a folder as transformers, timm and open_clip write it, whose JSON files say
 * what the weights do not. Of a training state of gigabytes only the parameters are read.
 *
 * @throws InvalidInput under the conditions of `readWeights`, and for a folder without weights.
 *
 * @example
 * ```ts
 * const { config, params } = readWeightsFile('m3ae_base.pkl');
 * ```
 */
export function readWeightsFile(path: string, options: ReadWeightsOptions = {}): ModelWeights {
  if (!isFolder(path)) return reading(path, (source) => readWeights(source, options));
  const file = weightsNames.find((name) => existsSync(join(path, name)));
  if (file === undefined) {
    const remedy = 'Name the file of weights itself.';
    throw invalidField(path, `a folder with ${weightsNames.join(' or ')}`, 'one without', remedy);
  }
  const config = configNames.find((name) => existsSync(join(path, name)));
  const hints = hintsOf(config && json(join(path, config)), json(join(path, 'preprocessor_config.json')));
  return reading(join(path, file), (source) => readWeights(source, { ...hints, ...options }));
}

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** A JSON file; nothing where there is none. */
function json(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw invalidField(path, 'readable JSON', 'something else', 'Fetch it again, or remove it.');
  }
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
