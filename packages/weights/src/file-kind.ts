import { invalidField, knownFile } from '@m3ae/errors';
import type { ByteSource } from './byte-source.js';
import { latin1Text } from './pickle/text.js';

/** A kind of file that holds tensors and can be read. */
export type FileKind = 'safetensors' | 'pickle' | 'zip';

/** Kinds that are known and cannot be read: what to do instead. */
const remedies = {
  hdf5: 'Save the weights as safetensors.',
  tar: 'Unpack it and name the file of weights.',
  numpy: 'Save all of them as safetensors.',
  onnx: 'Name the weights that it was made of.',
  gguf: 'Name the weights that it was made of.',
  json: 'Name the file of weights beside it.',
};

/**
 * What a file is by its first bytes; its name says nothing.
 *
 * @throws InvalidInput that names the kind, if it holds no tensors that can be read.
 */
export function fileKind(source: ByteSource): FileKind {
  const bytes = source.read(0, Math.min(512, source.length));
  const head = latin1Text(bytes);
  if (head.startsWith('PK\x03\x04')) return 'zip';
  if (head.slice(5, 9) === '\0\0\0{') return 'safetensors';
  if (head.startsWith('\x80') && head.charCodeAt(1) <= 5) return 'pickle';
  const other = knownFile(bytes, remedies);
  // Pickles of protocols 0 and 1 have no mark: they begin with a mark, a container or a name.
  if (other === undefined && /^[(\]}cdl]/.test(head)) return 'pickle';
  throw invalidField(
    source.name,
    'a file of weights (safetensors, pickle or PyTorch)',
    other?.name ?? 'something else',
    other?.remedy || 'Check that it is the right one.',
  );
}
