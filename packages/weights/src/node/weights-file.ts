import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { ByteSource } from '../byte-source.js';
import { hintsOf } from '../hints.js';
import type { ModelWeights } from '../model.js';
import { readTensors, readWeights, type ReadWeightsOptions } from '../read-weights.js';
import { readAll } from '../tensors.js';
import { bytePairsOfFile, bytePairsOfFolder, isFolder, jsonFile } from './side-files.js';

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

/** How a file of weights on disk is read. */
export interface ReadWeightsFileOptions extends ReadWeightsOptions {
  /**
   * The tokenizer of a CLIP: `tokenizer.json`, `vocab.json` with `merges.txt` beside it, or `bpe_simple_vocab_16e6.txt.gz`.
   * Default: what lies in the folder of weights.
   */
  readonly tokenizer?: string;
}

/** Names of the JSON files that say what weights do not. */
const configNames = ['open_clip_config.json', 'config.json'];

/**
 * As `readWeights` for a file on disk, or for a folder as transformers, timm and open_clip write it, whose JSON files say
 * what the weights do not, with the tokenizer by which a CLIP reads texts. Of a training state of gigabytes only the
 * parameters are read.
 *
 * @throws InvalidInput under the conditions of `readWeights`, and for a folder without weights.
 *
 * @example
 * ```ts
 * const { config, params } = readWeightsFile('m3ae_base.pkl');
 * ```
 */
export function readWeightsFile(path: string, options: ReadWeightsFileOptions = {}): ModelWeights {
  const { tokenizer, ...rest } = options;
  const given = tokenizer === undefined ? rest : { ...rest, bytePairs: bytePairsOfFile(tokenizer) };
  if (!isFolder(path)) return reading(path, (source) => readWeights(source, given));
  const file = weightsNames.find((name) => existsSync(join(path, name)));
  if (file === undefined) {
    const remedy = 'Name the file of weights itself.';
    throw invalidField(path, `a folder with ${weightsNames.join(' or ')}`, 'one without', remedy);
  }
  const config = configNames.find((name) => existsSync(join(path, name)));
  const hints = hintsOf(
    config && jsonFile(join(path, config)),
    jsonFile(join(path, 'preprocessor_config.json')),
  );
  const bytePairs = given.bytePairs ?? bytePairsOfFolder(path);
  return reading(join(path, file), (source) =>
    readWeights(source, { ...hints, ...given, ...(bytePairs && { bytePairs }) }),
  );
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
