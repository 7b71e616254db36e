import { channelStatistics } from '@m3ae/preprocess';
import {
  fromFacebookNames,
  type M3aeConfig,
  type MaeParams,
  positions2d,
  resolveM3aeConfig,
} from '@m3ae/transformer';
import { invalidField } from '@m3ae/errors';
import { floatsOf, type NdArray, ndArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import { type FileTensor, type FileTensors, readAll } from '../tensors.js';
import { countOf, headsOf, plus, refuseForeignFeatures, renamed, shapesOf, withoutHead } from './layout.js';

/** Whether names are those of the original MAE, which timm's Vision Transformers share. */
export function isFacebook(tensors: FileTensors): boolean {
  return tensors.has('patch_embed.proj.weight') && tensors.has('blocks.0.attn.qkv.weight');
}

/**
 * An original MAE, or a Vision Transformer of the same layout: fixed positions are computed anew, learned ones become
 * parameters.
 *
 * @param source - Whose file it is, for the reader.
 * @throws InvalidInput with one line for each tensor that does not fit, or each part that ours cannot express.
 */
export function facebookModel(
  tensors: FileTensors,
  hints: ModelHints,
  fileBytes: number,
  source = 'the original MAE or timm (PyTorch)',
): ModelWeights {
  refuseForeignFeatures(tensors);
  const kind = tensors.has('decoder_embed.weight') ? 'mae' : 'encoder';
  const { tensors: kept, notes } = withoutHead(tensors);
  const ours = renamed(kept, [[/^norm_pre\./, 'inputNorm.']]);
  const fixed = facebookConfig(ours, kind, hints);
  const { arrays, learned, side, clsPlace } = withPositions(readAll(ours, fileBytes, isKernel), fixed);
  const config = learned ? { ...fixed, learnedPositions: [side!, side!] as const } : fixed;
  const image = {
    ...channelStatistics.imagenet,
    ...(side !== undefined && { size: side * config.patchSize }),
    ...hints.image,
  };
  const params = fromFacebookNames(arrays, config, kind);
  const typed = clsPlace && withDecoderType(params as MaeParams<NdArray>, clsPlace);
  return {
    kind,
    source,
    config: typed ? { ...config, useTypeEmbedding: true } : config,
    params: typed ?? params,
    image,
    notes,
  } as ModelWeights; // the kind is that of the tensors
}

/** Kernels are turned over, which makes copies: read one by one, the file's own are never all in memory. */
const isKernel = (name: string, { shape }: FileTensor) => name.endsWith('.weight') && shape.length > 1;

function facebookConfig(tensors: FileTensors, kind: 'mae' | 'encoder', hints: ModelHints): M3aeConfig {
  const shapes = shapesOf(tensors, {
    cls_token: 3,
    'patch_embed.proj.weight': 4,
    'blocks.0.mlp.fc1.weight': 2,
  });
  const embedDim = shapes.cls_token[2]!;
  const [, channels, patchSize] = shapes['patch_embed.proj.weight'];
  const decoder = kind === 'mae' ? shapesOf(tensors, { 'decoder_embed.weight': 2 }) : undefined;
  const decoderDim = decoder?.['decoder_embed.weight'][0] ?? 0;
  return resolveM3aeConfig({
    embedDim,
    depth: countOf(tensors, /^blocks\.(\d+)\./),
    heads: headsOf('heads', embedDim, hints.heads),
    ...(decoder && {
      decoderDim,
      decoderDepth: countOf(tensors, /^decoder_blocks\.(\d+)\./),
      decoderHeads: headsOf(
        'decoderHeads',
        decoderDim,
        hints.decoderHeads,
        decoderDim === 512 ? 16 : undefined,
      ),
    }),
    mlpRatio: shapes['blocks.0.mlp.fc1.weight'][0]! / embedDim,
    patchSize,
    channels,
    useTypeEmbedding: false,
    gelu: hints.gelu ?? 'erf',
    normEpsilon: hints.normEpsilon ?? 1e-6,
    ...(tensors.has('inputNorm.weight') && { inputNorm: true }),
  });
}

/**
 * Positions that are the codes computed here are left out; learned ones become a parameter, and that of the CLS token a
 * part of it.
 *
 * @throws InvalidInput if they are not those of a square, or a decoder's are learned.
 */
function withPositions(named: Readonly<Record<string, NdArray>>, { embedDim, decoderDim }: M3aeConfig) {
  const { pos_embed: codes, decoder_pos_embed: decoderCodes, ...arrays } = named;
  const first = decoderCodes && floatsOf(decoderCodes).slice(0, decoderDim);
  const clsPlace = first?.some((value) => value !== 0) ? first : undefined;
  if (decoderCodes !== undefined && !isFixed(decoderCodes, 'decoder_pos_embed', decoderDim, first)) {
    const remedy = 'Take its encoder.';
    throw invalidField('decoder_pos_embed', 'fixed codes of sines and cosines', 'learned ones', remedy);
  }
  if (codes === undefined) return { arrays, learned: false, clsPlace };
  const learned = !isFixed(codes, 'pos_embed', embedDim);
  const side = sideOf(codes, 'pos_embed', embedDim);
  const cls = arrays.cls_token;
  if (!learned || cls === undefined) return { arrays, learned, side, clsPlace };
  const values = codes.data;
  const positions = ndArray(values.slice(embedDim), [side * side, embedDim]);
  return { arrays: { ...arrays, cls_token: plus(cls, values), positions }, learned, side, clsPlace };
}

/** Patches along a side of the square that position codes [1, 1 + patches, dim] are for. */
function sideOf({ shape }: NdArray, name: string, dim: number): number {
  const side = Math.sqrt((shape[1] ?? 0) - 1);
  if (Number.isInteger(side) && shape.join() === [1, side * side + 1, dim].join()) return side;
  throw invalidField(name, `[1, 1 + patches, ${dim}] of a square`, `[${shape}]`, 'Check the file.');
}

function isFixed(codes: NdArray, name: string, dim: number, first = new Float32Array(dim)): boolean {
  const side = sideOf(codes, name, dim);
  const expected = dim % 4 === 0 ? [...first, ...positions2d(side, side, dim)] : [];
  return expected.length > 0 && expected.every((value, at) => Math.abs(value - codes.data[at]!) < 1e-5);
}

/**
 * An MAE whose decoder gives its CLS token a place, which ours does not: as ours has it, all other tokens get a type
 * instead, the opposite of that place.
 */
function withDecoderType(params: MaeParams<NdArray>, clsPlace: Float32Array): MaeParams<NdArray> {
  const token = (values: Float32Array) => ndArray(values, [1, 1, values.length]);
  const { decoderProjection, imageMaskToken } = params;
  return {
    ...params,
    imageMaskToken: plus(imageMaskToken, clsPlace),
    decoderProjection: { ...decoderProjection, bias: plus(decoderProjection.bias, clsPlace) },
    types: {
      encoderImage: token(new Float32Array(params.clsToken.data.length)),
      decoderImage: token(clsPlace.map((value) => -value)),
    },
  };
}
