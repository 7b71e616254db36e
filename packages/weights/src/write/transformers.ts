import { type MaeParams, toFacebookNames, type TrunkParams } from '@m3ae/transformer';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { ModelWeights } from '../model.js';

/** A model under the names of transformers' own classes. */
export interface TransformersModel {
  /** Its class, e.g. `ViTMAEForPreTraining`, which `AutoModel` chooses by `model_type`. */
  readonly architecture: string;
  /** What `config.json` says beside the sizes that all models have. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, NdArray>>;
}

/** Names of the original MAE as transformers has them, in versions 4 and 5. */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^decoder_blocks\./, 'decoder.decoder_layers.'],
  [/^(decoder_|mask_token)/, 'decoder.$1'],
  [/^blocks\./, 'encoder.layer.'],
  [/^(cls_token)$/, 'embeddings.$1'],
  [/^pos_embed$/, 'embeddings.position_embeddings'],
  [/^patch_embed\.proj\./, 'embeddings.patch_embeddings.projection.'],
  [/^norm\./, 'layernorm.'],
  [/\.norm1\./, '.layernorm_before.'],
  [/\.norm2\./, '.layernorm_after.'],
  [/\.attn\.proj\./, '.attention.output.dense.'],
  [/\.mlp\.fc1\./, '.intermediate.dense.'],
  [/\.mlp\.fc2\./, '.output.dense.'],
];

/**
 * A model of pictures alone as transformers' ViTMAEForPreTraining or ViTModel; nothing where those cannot express it:
 * words, a normalization before the first block, deep heads, codes as targets.
 *
 * Type embeddings go into what is added anyway: the encoder's into the patch embedding's bias; the decoder's into its
 * projection's bias and the mask token, and out of the CLS token by that one's place code.
 *
 * @param size - Side of the pictures in pixels; place codes are of its patches.
 */
export function asTransformers(
  { kind, config, params }: ModelWeights,
  size: number,
): TransformersModel | undefined {
  const isPlain =
    config.inputNorm !== true && config.outputHeadDepth === 0 && config.imageOutputDim === undefined;
  if ((kind !== 'mae' && kind !== 'encoder') || !isPlain) return undefined;
  const side = size / config.patchSize;
  const { plain, clsPlace } = withoutTypes(params);
  const named = toFacebookNames(plain, { ...config, useTypeEmbedding: false }, [side, side]);
  if (clsPlace) named.decoder_pos_embed!.data.set(clsPlace);
  const tensors = Object.fromEntries(
    Object.entries(named).flatMap(([name, array]) => renamed(kind, name, array)),
  );
  if (kind === 'encoder') return { architecture: 'ViTModel', config: { model_type: 'vit' }, tensors };
  const decoder = {
    decoder_hidden_size: config.decoderDim,
    decoder_num_hidden_layers: config.decoderDepth,
    decoder_num_attention_heads: config.decoderHeads,
    decoder_intermediate_size: config.decoderDim * config.mlpRatio,
  };
  return { architecture: 'ViTMAEForPreTraining', config: { model_type: 'vit_mae', ...decoder }, tensors };
}

function renamed(kind: 'mae' | 'encoder', name: string, array: NdArray): (readonly [string, NdArray])[] {
  const bare = rules.reduce((text, [pattern, by]) => text.replace(pattern, by), name);
  const full = kind === 'mae' && !bare.startsWith('decoder.') ? `vit.${bare}` : bare;
  if (!full.includes('.attn.qkv.')) return [[full, array]];
  const [rows, ...rest] = array.shape as [number, ...number[]];
  const size = array.data.length / 3;
  return ['query', 'key', 'value'].map((part, at) => {
    const share = array.data.slice(at * size, (at + 1) * size);
    return [full.replace('.attn.qkv.', `.attention.attention.${part}.`), ndArray(share, [rows / 3, ...rest])];
  });
}

/** The same model without type embeddings, and the place code of the decoder's CLS token, [decoderDim]. */
function withoutTypes({ types, ...params }: MaeParams<NdArray> | TrunkParams<NdArray>) {
  if (types === undefined) return { plain: params };
  const { kernel, bias } = params.imageEmbedding;
  const imageEmbedding = { kernel, bias: sum(bias, types.encoderImage) };
  if (!('decoder' in params)) return { plain: { ...params, imageEmbedding } };
  const type = (types as MaeParams<NdArray>['types'])!.decoderImage;
  const { decoderProjection } = params;
  const plain = {
    ...params,
    imageEmbedding,
    imageMaskToken: sum(params.imageMaskToken, type),
    decoderProjection: { ...decoderProjection, bias: sum(decoderProjection.bias, type) },
  };
  return { plain, clsPlace: type.data.map((value) => -value) };
}

/** a + b, in the shape of a. */
const sum = (a: NdArray, b: NdArray) =>
  ndArray(
    a.data.map((value, at) => value + b.data[at]!),
    a.shape,
  );
