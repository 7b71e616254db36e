import { channelStatistics } from '@m3ae/preprocess';
import { fromReferenceNames, m3aeSizes, type ModelKind, resolveM3aeConfig } from '@m3ae/transformer';
import { invalidField } from '@m3ae/errors';
import type { ModelHints, ModelWeights } from '../model.js';
import { type FileTensors, readAll } from '../tensors.js';
import { countOf, headsOf, shapesOf } from './layout.js';

/** What a file holds: tensors, and beside them what a training state of the M3AE authors' code has. */
export interface FileState {
  readonly tensors: FileTensors;
  readonly step?: number;
  /** Flags of the training, such as `m3ae.model_type`. */
  readonly flags?: ReadonlyMap<unknown, unknown>;
  readonly moments?: { readonly count: number; readonly mean: FileTensors; readonly variance: FileTensors };
}

/** Whether names are those of the M3AE authors' code. */
export function isReference(tensors: FileTensors): boolean {
  return tensors.has('cls_token') && tensors.has('image_embedding/kernel');
}

/**
 * A model of the M3AE authors' code, by its names.
 *
 * @param fileBytes - Length of the file.
 * @throws InvalidInput with one line for each tensor that does not fit.
 */
export function referenceModel(state: FileState, hints: ModelHints, fileBytes: number): ModelWeights {
  const { tensors, step, flags = new Map(), moments } = state;
  const kind: ModelKind = tensors.has('text_embedding/embedding') ? 'm3ae' : 'mae';
  const config = referenceConfig(tensors, kind, flags, hints);
  const treeOf = (each: FileTensors) => fromReferenceNames(readAll(each, fileBytes), config, kind);
  return {
    kind,
    source: "the M3AE authors' code (flax)",
    config,
    params: treeOf(tensors),
    image: { ...channelStatistics.cc12m, ...hints.image },
    notes: [],
    ...(step !== undefined && { step }),
    ...(moments && {
      optimizer: { count: moments.count, mean: treeOf(moments.mean), variance: treeOf(moments.variance) },
    }),
  } as ModelWeights; // the kind is that of the tensors
}

function referenceConfig(
  tensors: FileTensors,
  kind: ModelKind,
  flags: ReadonlyMap<unknown, unknown>,
  hints: ModelHints,
) {
  const shapes = shapesOf(tensors, {
    cls_token: 3,
    image_mask_embedding: 3,
    'image_embedding/kernel': 2,
    'encoder/Block_0/TransformerMLP_0/fc1/kernel': 2,
    'decoder/Block_0/TransformerMLP_0/fc1/kernel': 2,
  });
  const outputHeadDepth = countOf(tensors, /^decoder_image_output\/Dense_(\d+)\//) - 1;
  const last = `decoder_image_output/Dense_${outputHeadDepth}/kernel`;
  const head = shapesOf(tensors, { [last]: 2 })[last]!;
  const embedDim = shapes.cls_token[2]!;
  const decoderDim = shapes.image_mask_embedding[2]!;
  const patchDim = shapes['image_embedding/kernel'][0]!;
  const vocabulary = kind === 'm3ae' ? shapesOf(tensors, { 'text_embedding/embedding': 2 }) : undefined;
  const size = flags.get('m3ae.model_type') ?? flags.get('mae.model_type');
  const named = Object.entries(m3aeSizes).find(([name]) => name === size)?.[1];
  return resolveM3aeConfig({
    embedDim,
    depth: countOf(tensors, /^encoder\/Block_(\d+)\//),
    heads: headsOf('heads', embedDim, hints.heads ?? flag(flags, 'num_heads') ?? named?.heads),
    decoderDim,
    decoderDepth: countOf(tensors, /^decoder\/Block_(\d+)\//),
    decoderHeads: headsOf(
      'decoderHeads',
      decoderDim,
      hints.decoderHeads ?? flag(flags, 'dec_num_heads') ?? named?.decoderHeads,
      decoderDim % 16 === 0 && decoderDim >= 256 ? 16 : undefined,
    ),
    mlpRatio: shapes['encoder/Block_0/TransformerMLP_0/fc1/kernel'][1]! / embedDim,
    ...patchOf(patchDim, flag(flags, 'patch_size') ?? numberIn(flags, 'patch_size')),
    ...(vocabulary && { vocabSize: vocabulary['text_embedding/embedding'][0]! }),
    outputHeadDepth,
    ...(head[1] !== patchDim && { imageOutputDim: head[1]! }),
    useTypeEmbedding: tensors.has('encoder_image_type_embedding'),
    gelu: hints.gelu ?? 'tanh',
    normEpsilon: hints.normEpsilon ?? 1e-6,
  });
}

/** A flag of the model, under the prefix of either program. */
function flag(flags: ReadonlyMap<unknown, unknown>, name: string): number | undefined {
  return numberIn(flags, `m3ae.${name}`) ?? numberIn(flags, `mae.${name}`);
}

function numberIn(flags: ReadonlyMap<unknown, unknown>, name: string): number | undefined {
  const value = flags.get(name);
  return typeof value === 'number' ? value : undefined;
}

/** Patch and channels of a patch's length: RGB where that makes a whole side, else gray or four channels. */
function patchOf(patchDim: number, patchSize: number | undefined) {
  for (const channels of [3, 1, 4]) {
    const side = Math.sqrt(patchDim / channels);
    if (Number.isInteger(side) && (patchSize === undefined || patchSize === side))
      return { patchSize: side, channels };
  }
  const rule = 'as long as a square patch of 1, 3 or 4 channels';
  throw invalidField('image_embedding/kernel', rule, patchDim, 'Check that the file holds the whole model.');
}
