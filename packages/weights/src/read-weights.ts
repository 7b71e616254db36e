import { decodeSafetensorsHeader, elementsOfBytes, toNdArray } from '@m3ae/checkpoint';
import { invalidField, listSome, requireRecord } from '@m3ae/errors';
import { type ByteSource, memorySource } from './byte-source.js';
import { facebookModel, isFacebook } from './families/facebook.js';
import { huggingFaceClipModel, isHuggingFaceClip } from './families/hugging-face-clip.js';
import { huggingFaceModel, isHuggingFace } from './families/hugging-face.js';
import { readOfficialPickle } from './families/official-pickle.js';
import { isOpenClip, openClipModel } from './families/open-clip.js';
import { ownModel } from './families/own.js';
import { type FileState, isReference, referenceModel } from './families/reference.js';
import { fileKind } from './file-kind.js';
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
  const source = input instanceof Uint8Array ? memorySource(input) : input;
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
  throw invalidField(
    source.name,
    'the weights of a known model',
    `tensors ${names}`,
    'Known are M3AE, MAE, ViT and CLIP.',
  );
}

/**
 * The tensors of a file of weights under its own names, each read when it is asked for. Those of an M3AE training state
 * have the reference's names without the root `params`.
 *
 * @throws InvalidInput if the file is of another kind, which is named.
 */
export function readTensors(input: ByteSource | Uint8Array): FileTensors {
  return readState(input instanceof Uint8Array ? memorySource(input) : input, false).tensors;
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
