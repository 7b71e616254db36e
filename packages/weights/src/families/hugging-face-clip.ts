import { ndArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import type { FileTensor, FileTensors } from '../tensors.js';
import { openClipModel } from './open-clip.js';
import { joinedAttention, renamed, type Renaming } from './rename.js';

/** Names of transformers' CLIPModel as open_clip has them; what the two towers share comes last. */
const rules: Renaming = [
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
  const named = new Map(renamed(new Map(parameters), rules));
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
