import { channelStatistics } from '@m3ae/preprocess';
import { fromFacebookNames, type M3aeConfig, positions2d, resolveM3aeConfig } from '@m3ae/transformer';
import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import { type FileTensors, readAll } from '../tensors.js';
import { countOf, headsOf, shapesOf } from './sizes.js';

/** Whether names are those of the original MAE, which timm's Vision Transformers share. */
export function isFacebook(tensors: FileTensors): boolean {
  return tensors.has('patch_embed.proj.weight') && tensors.has('blocks.0.attn.qkv.weight');
}

/**
 * An original MAE, or the Vision Transformer that is its encoder.
 *
 * @param source - Whose file it is, for the reader.
 * @throws InvalidInput with one line for each tensor that does not fit.
 */
export function facebookModel(
  tensors: FileTensors,
  hints: ModelHints,
  fileBytes: number,
  source = 'the original MAE (PyTorch)',
): ModelWeights {
  const kind = tensors.has('decoder_embed.weight') ? 'mae' : 'encoder';
  const config = facebookConfig(tensors, kind, hints);
  const arrays = readAll(tensors, fileBytes);
  const side = sideOf(arrays.pos_embed, 'pos_embed', config.embedDim);
  if (kind === 'mae') sideOf(arrays.decoder_pos_embed, 'decoder_pos_embed', config.decoderDim);
  return {
    kind,
    source,
    config,
    params: fromFacebookNames(arrays, config, kind),
    image: {
      ...channelStatistics.imagenet,
      ...(side !== undefined && { size: side * config.patchSize }),
      ...hints.image,
    },
    notes: [],
  } as ModelWeights;
}

function facebookConfig(tensors: FileTensors, kind: 'mae' | 'encoder', hints: ModelHints): M3aeConfig {
  const shapes = shapesOf(tensors, {
    cls_token: 3,
    'patch_embed.proj.weight': 4,
    'blocks.0.mlp.fc1.weight': 2,
  });
  const embedDim = shapes.cls_token[2]!;
  const [, channels, patchSize] = shapes['patch_embed.proj.weight'] as [number, number, number];
  const decoderDim =
    kind === 'mae' ? shapesOf(tensors, { 'decoder_embed.weight': 2 })['decoder_embed.weight'][0]! : 0;
  return resolveM3aeConfig({
    embedDim,
    depth: countOf(tensors, /^blocks\.(\d+)\./),
    heads: headsOf('heads', embedDim, hints.heads),
    ...(kind === 'mae' && {
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
  });
}

/**
 * Patches along a side, by the file's position codes, which must be those that are computed here.
 *
 * @throws InvalidInput if they are others.
 */
function sideOf(codes: NdArray | undefined, name: string, dim: number): number | undefined {
  if (codes === undefined) return undefined;
  const side = Math.sqrt((codes.shape[1] ?? 0) - 1);
  const fits = codes.shape.join() === [1, side * side + 1, dim].join() && Number.isInteger(side);
  if (!fits)
    throw invalidField(name, `[1, 1 + patches, ${dim}] of a square`, `[${codes.shape}]`, 'Check the file.');
  const expected = positions2d(side, side, dim);
  const isFixed = expected.every((value, at) => Math.abs(value - codes.data[dim + at]!) < 1e-5);
  if (!isFixed)
    throw invalidField(name, 'fixed codes of sines and cosines', 'learned ones', 'Take a file of MAE.');
  return side;
}
