import { decodeSafetensorsHeader, elementsOfBytes, toNdArray } from '@m3ae/checkpoint';
import { invalidField, knownFile, listSome, requireRecord } from '@m3ae/errors';
import { type ByteSource, latin1Text, sourceOf } from './byte-source.js';
import { facebookModel, isFacebook } from './families/facebook.js';
import {
  huggingFaceClipModel,
  huggingFaceModel,
  isHuggingFace,
  isHuggingFaceClip,
} from './families/hugging-face.js';
import { readOfficialPickle } from './families/official-pickle.js';
import { isOpenClip, openClipModel } from './families/open-clip.js';
import { ownModel } from './families/own.js';
import { type FileState, isReference, referenceModel } from './families/reference.js';
import type { ModelHints, ModelWeights } from './model.js';
import type { FileTensors } from './tensors.js';
import { readTorch } from './torch.js';

/** How a file of weights is read. */
export interface ReadWeightsOptions extends ModelHints {
  /** Whether Adam's moments are read where the file has them; they are twice the parameters. Default false. */
  readonly optimizer?: boolean;
}

/**
 * Reads a model out of a file of weights, whoever wrote it: what it is is told by its bytes and names.
 *
 * @param input - The file, or its bytes.
 * @throws InvalidInput if the file is of another kind, which is named, if a tensor is missing, extra, misshapen or not
 * finite, all of them at once, or if the model has something that ours cannot express.
 *
 * @example
 * ```ts
 * const { kind, config, params } = readWeights(new Uint8Array(await (await fetch(url)).arrayBuffer()));
 * ```
 */
export function readWeights(input: ByteSource | Uint8Array, options: ReadWeightsOptions = {}): ModelWeights {
  requireRecord('options', options, 'heads, optimizer', 'Leave it out for a file that says all.');
  const source = sourceOf(input);
  const { optimizer = false, ...hints } = options;
  const state = readState(source, optimizer);
  const { tensors, own } = state;
  if (own !== undefined) return ownModel(tensors, own, source.length);
  if (isReference(tensors)) return referenceModel(state, hints, source.length);
  if (isFacebook(tensors)) return facebookModel(tensors, hints, source.length);
  if (isHuggingFace(tensors)) return huggingFaceModel(tensors, hints, source.length);
  if (isHuggingFaceClip(tensors)) return huggingFaceClipModel(tensors, hints, source.length);
  if (isOpenClip(tensors)) return openClipModel(tensors, hints, source.length);
  const names = listSome([...tensors.keys()], 8);
  const remedy = 'Known are M3AE, MAE, ViT and CLIP.';
  throw invalidField(source.name, 'the weights of a known model', `tensors ${names}`, remedy);
}

/**
 * The tensors of a file of weights under its own names, each read when it is asked for. Those of an M3AE training state
 * have the reference's names without the root `params`.
 *
 * @throws InvalidInput if the file is of another kind, which is named.
 */
export function readTensors(input: ByteSource | Uint8Array): FileTensors {
  return readState(sourceOf(input), false).tensors;
}

/** A file's tensors, and the description that a file of ours has in its metadata. */
type ReadState = FileState & { readonly own?: string };

function readState(source: ByteSource, withOptimizer: boolean): ReadState {
  const kind = fileKind(source);
  if (kind === 'pickle') return readOfficialPickle(source, withOptimizer);
  return kind === 'zip' ? { tensors: readTorch(source) } : readSafetensors(source);
}

function readSafetensors(source: ByteSource): ReadState {
  const lengthField = new DataView(source.read(0, 8).slice().buffer).getUint32(0, true); // a header is below 2^32 bytes
  const head = source.read(0, Math.min(source.length, 8 + lengthField));
  const { entries, metadata, dataOffset } = decodeSafetensorsHeader(head, {}, source.length);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
    const data = () => elementsOfBytes(dtype, source.read(dataOffset + begin, dataOffset + end));
    const read = () => toNdArray({ dtype, shape, data: data() }, name);
    return [name.replace(/^params\//, ''), { shape, read }] as const;
  });
  const own = metadata.format === 'm3ae' ? metadata.model : undefined;
  return { tensors: new Map(tensors), ...(own !== undefined && { own }) };
}

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
