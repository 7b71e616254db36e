import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { invalidField, isRecord, prefixFaults } from '@m3ae/errors';
import {
  type BytePairs,
  bytePairsOfMerges,
  bytePairsOfTokenizer,
  bytePairsOfVocabulary,
} from '@m3ae/preprocess/clip';

export const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** Bytes that a compressed table may come to; CLIP's has 3 million. */
const mostUnpacked = 2 ** 26;

/** A JSON file; nothing where there is none. */
export function jsonFile(path: string): unknown {
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
export function bytePairsOfFolder(folder: string): BytePairs | undefined {
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
export function bytePairsOfFile(path: string): BytePairs {
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
