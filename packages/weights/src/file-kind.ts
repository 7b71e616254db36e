import { invalidField } from '@m3ae/errors';
import type { ByteSource } from './byte-source.js';
import { latin1Text } from './pickle/text.js';

/** A kind of file that holds tensors and can be read. */
export type FileKind = 'safetensors' | 'pickle' | 'zip';

/** Kinds that are known and cannot be read: what they are, and what to do instead. */
const others: readonly (readonly [test: (head: string) => boolean, name: string, remedy: string])[] = [
  [(head) => head === '', 'an empty file', 'Fetch it again.'],
  [(head) => head.startsWith('\x89HDF\r\n\x1a\n'), 'an HDF5 file', 'Save the weights as safetensors.'],
  [
    (head) => head.startsWith('version https://git-lfs'),
    'a pointer of Git LFS, not the file itself',
    'Run: git lfs pull.',
  ],
  [
    (head) => /^\s*(<!doctype html|<html|<\?xml)/i.test(head),
    'a web page, most likely an error or a login',
    'Fetch the file by its direct address.',
  ],
  [(head) => head.startsWith('\x1f\x8b'), 'a gzip file', 'Unpack it with gunzip first.'],
  [(head) => head.startsWith('BZh') || head.startsWith('\xfd7zXZ'), 'a packed file', 'Unpack it first.'],
  [(head) => head.slice(257, 262) === 'ustar', 'a tar file', 'Unpack it and name the file of weights.'],
  [(head) => head.startsWith('\x93NUMPY'), 'a single NumPy array', 'Save all of them as safetensors.'],
  [
    (head) =>
      head.startsWith('\x08') &&
      head.charCodeAt(1) <= 32 &&
      ['\x12', '\x1a', '"', ':', 'B'].includes(head[2]!),
    'an ONNX file',
    'Name the weights that it was made of.',
  ],
  [(head) => head.startsWith('GGUF'), 'a GGUF file', 'Name the weights that it was made of.'],
  [(head) => /^\s*[[{]\s*["{[\]}]/.test(head), 'a JSON file', 'Name the file of weights beside it.'],
];

/**
 * What a file is by its first bytes; its name says nothing.
 *
 * @throws InvalidInput that names the kind, if it holds no tensors that can be read.
 */
export function fileKind(source: ByteSource): FileKind {
  const head = latin1Text(source.read(0, Math.min(512, source.length)));
  if (head.startsWith('PK\x03\x04')) return 'zip';
  if (head.slice(5, 9) === '\0\0\0{') return 'safetensors';
  if (head.startsWith('\x80') && head.charCodeAt(1) <= 5) return 'pickle';
  const other = others.find(([test]) => test(head));
  // Pickles of protocols 0 and 1 have no mark: they begin with a mark, a container or a name.
  if (other === undefined && /^[(\]}cdl]/.test(head)) return 'pickle';
  const [, name = 'something else', remedy = 'Check that it is the right one.'] = other ?? [];
  throw invalidField(source.name, 'a file of weights (safetensors, pickle or PyTorch)', name, remedy);
}
