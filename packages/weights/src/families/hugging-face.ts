import { type MaeParams, toFacebookNames, type TrunkParams } from '@m3ae/transformer';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import type { FileTensor, FileTensors } from '../tensors.js';
import { facebookModel } from './facebook.js';
import { joinedAttention, plus, refuseForeignFeatures, renamed, renamedBy, type Renaming } from './layout.js';
import { openClipModel } from './open-clip.js';

/** Names of transformers' ViT and ViTMAE as the original MAE has them; files of version 5 and of those before. */
const vitNames: Renaming = [
  [/^vit\./, ''],
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^(encoder\.)?layers?\.(\d+)\./, 'blocks.$2.'],
  [/^decoder\.decoder_layers\./, 'decoder_blocks.'],
  [/^decoder\.decoder_/, 'decoder_'],
  [/^decoder\.mask_token$/, 'mask_token'],
  [/^layernorm\./, 'norm.'],
  [/\.layernorm_before\./, '.norm1.'],
  [/\.layernorm_after\./, '.norm2.'],
  [/\.attention\.(attention\.)?(query|q_proj)\./, '.attn.q.'],
  [/\.attention\.(attention\.)?(key|k_proj)\./, '.attn.k.'],
  [/\.attention\.(attention\.)?(value|v_proj)\./, '.attn.v.'],
  [/\.attention\.(output\.dense|o_proj)\./, '.attn.proj.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/\.output\.dense\./, '.mlp.fc2.'],
];

/** Whether names are those of Hugging Face's ViT or ViTMAE. */
export function isHuggingFace(tensors: FileTensors): boolean {
  return [...tensors.keys()].some((name) =>
    /^(vit\.)?embeddings\.patch_embeddings\.projection\.weight$/.test(name),
  );
}

/**
 * A ViT or ViTMAE of transformers.
 *
 * @throws InvalidInput under the conditions of {@link facebookModel}.
 */
export function huggingFaceModel(tensors: FileTensors, hints: ModelHints, fileBytes: number): ModelWeights {
  refuseForeignFeatures(tensors);
  const named = joinedAttention(renamed(tensors, vitNames), '.attn.qkv.');
  return facebookModel(named, { normEpsilon: 1e-12, ...hints }, fileBytes, 'transformers (Hugging Face)');
}

/** Names of transformers' CLIPModel as open_clip has them; what the two towers share comes last. */
const clipNames: Renaming = [
  [/^text_model\.embeddings\.token_embedding\./, 'token_embedding.'],
  [/^text_model\.embeddings\.position_embedding\.weight$/, 'positional_embedding'],
  [/^text_model\.final_layer_norm\./, 'ln_final.'],
  [/^text_model\.encoder\.layers\./, 'transformer.resblocks.'],
  [/^text_projection\.weight$/, 'text_projection'],
  [/^visual_projection\.weight$/, 'visual.proj'],
  [/^vision_model\.embeddings\.class_embedding$/, 'visual.class_embedding'],
  [/^vision_model\.embeddings\.position_embedding\.weight$/, 'visual.positional_embedding'],
  [/^vision_model\.embeddings\.patch_embedding\.weight$/, 'visual.conv1.weight'],
  [/^vision_model\.pre_layrnorm\./, 'visual.ln_pre.'],
  [/^vision_model\.post_layernorm\./, 'visual.ln_post.'],
  [/^vision_model\.encoder\.layers\./, 'visual.transformer.resblocks.'],
  [/\.layer_norm1\./, '.ln_1.'],
  [/\.layer_norm2\./, '.ln_2.'],
  [/\.self_attn\.([qkv])_proj\.(weight|bias)$/, '.attn.$1.$2'],
  [/\.self_attn\.out_proj\./, '.attn.out_proj.'],
  [/\.mlp\.fc1\./, '.mlp.c_fc.'],
  [/\.mlp\.fc2\./, '.mlp.c_proj.'],
];

/** Whether names are those of transformers' CLIPModel. */
export function isHuggingFaceClip(tensors: FileTensors): boolean {
  return tensors.has('visual_projection.weight') && tensors.has('text_projection.weight');
}

/**
 * Both towers of a CLIPModel of transformers.
 *
 * @throws InvalidInput under the conditions of {@link openClipModel}.
 */
export function huggingFaceClipModel(
  tensors: FileTensors,
  hints: ModelHints,
  fileBytes: number,
): ModelWeights {
  const parameters = [...tensors].filter(([name]) => !name.endsWith('.embeddings.position_ids'));
  const named = new Map(renamed(new Map(parameters), clipNames));
  for (const name of ['visual.proj', 'text_projection']) named.set(name, transposed(named.get(name)!));
  const joined = joinedAttention(named, '.attn.in_proj_');
  return openClipModel(joined, hints, fileBytes, "transformers' CLIP (PyTorch)");
}

/** A map [out, in] as ours has it, [in, out]. */
function transposed(tensor: FileTensor): FileTensor {
  const { shape, read } = tensor;
  if (shape.length !== 2) return tensor; // told as misshapen
  const [rows, columns] = shape as [number, number];
  return {
    shape: [columns, rows],
    read() {
      const { data } = read();
      const turned = Float32Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
      return ndArray(turned, [columns, rows]);
    },
  };
}

/** A model under the names of transformers' own classes. */
interface TransformersModel {
  /** Its class, e.g. `ViTMAEForPreTraining`, which `AutoModel` chooses by `model_type`. */
  readonly architecture: string;
  /** What `config.json` says beside the sizes that all models have. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, NdArray>>;
}

/** Names of the original MAE as transformers has them, in versions 4 and 5. */
const writtenNames: Renaming = [
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
    Object.entries(named).flatMap(([name, array]) => written(kind, name, array)),
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

function written(kind: 'mae' | 'encoder', name: string, array: NdArray): (readonly [string, NdArray])[] {
  const bare = renamedBy(writtenNames, name);
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
  const imageEmbedding = { kernel, bias: plus(bias, types.encoderImage.data) };
  if (!('decoder' in params)) return { plain: { ...params, imageEmbedding } };
  const type = (types as MaeParams<NdArray>['types'])!.decoderImage;
  const { decoderProjection } = params;
  const plain = {
    ...params,
    imageEmbedding,
    imageMaskToken: plus(params.imageMaskToken, type.data),
    decoderProjection: { ...decoderProjection, bias: plus(decoderProjection.bias, type.data) },
  };
  return { plain, clsPlace: type.data.map((value) => -value) };
}
