import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { invalidField, isRecord, prefixFaults } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import {
  type BytePairs,
  bytePairsOfMerges,
  bytePairsOfTokenizer,
  bytePairsOfVocabulary,
} from '@m3ae/preprocess/clip';
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

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** Bytes that a compressed table may come to; CLIP's has 3 million. */
const mostUnpacked = 2 ** 26;

/** A JSON file; nothing where there is none. */
function jsonFile(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw invalidField(path, 'readable JSON', 'something else', 'Fetch it again, or remove it.');
  }
}

/** Whether a parsed file is a `tokenizer.json` of CLIP's kind. */
const isClipTokenizer = (file: unknown) =>
  isRecord(file) && isRecord(file.model) && file.model.end_of_word_suffix === '</w>';

/** The table of byte pairs that lies in a folder of weights; nothing where there is none, or a tokenizer of another kind. */
function bytePairsOfFolder(folder: string): BytePairs | undefined {
  const names = ['tokenizer.json', 'vocab.json', 'bpe_simple_vocab_16e6.txt.gz'];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) return undefined;
  if (found.endsWith('tokenizer.json') && !isClipTokenizer(jsonFile(found))) return undefined;
  return bytePairsOfFile(found);
}

/**
 * CLIP's table of byte pairs.
 *
 * @param path - `tokenizer.json`, `vocab.json` with `merges.txt` beside it, `bpe_simple_vocab_16e6.txt` as it is or
 * compressed, or a folder with one of them.
 * @throws InvalidInput if there is none, or it is another file.
 */
function bytePairsOfFile(path: string): BytePairs {
  if (!existsSync(path)) throw invalidField(path, 'a file of a tokenizer', 'none', 'Check the path.');
  if (isFolder(path)) {
    const found = bytePairsOfFolder(path);
    if (found !== undefined) return found;
    throw invalidField(path, "a folder with CLIP's tokenizer.json", 'one without', 'Name the file itself.');
  }
  return prefixFaults(path, () => {
    if (!path.endsWith('.json')) return bytePairsOfMerges(unpacked(path));
    const file = jsonFile(path);
    if (isRecord(file) && 'model' in file) return bytePairsOfTokenizer(file);
    const merges = join(dirname(path), 'merges.txt');
    if (existsSync(merges)) return bytePairsOfVocabulary(file, readFileSync(merges, 'utf8'));
    throw invalidField('merges.txt', 'beside it', 'nothing', 'Fetch it too.');
  });
}

function unpacked(path: string): string {
  const bytes = readFileSync(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: mostUnpacked }).toString('utf8');
  } catch {
    throw invalidField('the file', 'a whole one of gzip', 'a damaged one', 'Fetch it again.');
  }
}
