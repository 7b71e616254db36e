import type { ModelHints, ModelWeights } from '../model.js';
import type { FileTensors } from '../tensors.js';
import { facebookModel } from './facebook.js';
import { joinedAttention, renamed, type Renaming } from './rename.js';
import { refuseForeignFeatures } from './vit-features.js';

/** Names of transformers' ViT and ViTMAE as the original MAE has them; files of version 5 and of those before. */
const rules: Renaming = [
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
  const named = joinedAttention(renamed(tensors, rules), '.attn.qkv.');
  return facebookModel(named, { normEpsilon: 1e-12, ...hints }, fileBytes, 'transformers (Hugging Face)');
}
