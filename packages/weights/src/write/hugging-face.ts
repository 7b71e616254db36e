import { invalidField, pluralize } from '@m3ae/errors';
import { createTokenizer, specialPieces } from '@m3ae/preprocess';
import { clipTokenizerJson } from '@m3ae/preprocess/clip';
import { countElements } from '@m3ae/tree';
import type { ModelWeights } from '../model.js';
import { toSafetensors } from '../families/own.js';
import { encodeArrays, type WeightsDtype } from './encode-arrays.js';
import { asTransformers } from '../families/hugging-face.js';

/** Files of a folder by name. */
export type FolderFiles = Readonly<Record<string, string | Uint8Array>>;

/** What only the person knows who publishes a model. */
export interface ModelCard {
  /** Name of the model, the title of its card. */
  readonly name: string;
  /** Side of the pictures in pixels, where the model does not fix it. */
  readonly imageSize?: number;
  readonly dtype?: WeightsDtype;
}

/**
 * A folder as the Hugging Face hub keeps models: `config.json`, `model.safetensors`, `preprocessor_config.json`, a model
 * card, and `tokenizer.json` for a model whose word pieces are known, which the `tokenizers` library reads. A model of
 * pictures alone gets the names of transformers' own classes, so that `AutoModel.from_pretrained` loads it.
 *
 * @throws InvalidInput if the model does not fix its pictures' size and the card gives none.
 */
export function toHuggingFace(model: ModelWeights, card: ModelCard): FolderFiles {
  const size = model.image.size ?? card.imageSize;
  if (size === undefined) {
    throw invalidField('imageSize', 'given', undefined, 'Say for which side in pixels the model is meant.');
  }
  const { kind, config, image } = model;
  const vocabulary = vocabularyOf(model);
  const foreign = asTransformers(model, size);
  const architecture = { m3ae: 'M3AE', mae: 'MAE', encoder: 'ViTEncoder', clip: 'CLIP' }[kind];
  return {
    'config.json': json({
      architectures: [foreign?.architecture ?? architecture],
      image_size: size,
      patch_size: config.patchSize,
      num_channels: config.channels,
      hidden_size: config.embedDim,
      num_hidden_layers: config.depth,
      num_attention_heads: config.heads,
      intermediate_size: config.embedDim * config.mlpRatio,
      hidden_act: { tanh: 'gelu_pytorch_tanh', erf: 'gelu', quick: 'quick_gelu' }[config.gelu],
      layer_norm_eps: config.normEpsilon,
      ...(foreign?.config ?? { model_type: `m3ae_${kind}`, m3ae: config }),
    }),
    'model.safetensors': foreign
      ? encodeArrays(foreign.tensors, card.dtype ?? 'float32', { format: 'pt' })
      : toSafetensors(model, card.dtype),
    'preprocessor_config.json': json({
      image_processor_type: 'ViTImageProcessor',
      do_resize: true,
      size: { height: size, width: size },
      resample: 3,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: image.mean,
      image_std: image.std,
    }),
    ...(vocabulary && { 'tokenizer.json': json(wordPieceJson(vocabulary)) }),
    ...(model.bytePairs && { 'tokenizer.json': json(clipTokenizerJson(model.bytePairs)) }),
    'README.md': cardText(model, card, size, foreign?.architecture),
  };
}

/** The word pieces of a model with words: its own, or bert-base-uncased's where it has as many; nothing where they are not known. */
function vocabularyOf({ kind, config, vocabulary }: ModelWeights): readonly string[] | undefined {
  if (vocabulary || kind !== 'm3ae') return vocabulary;
  const bert = createTokenizer().vocabulary;
  return bert.length === config.vocabSize ? bert : undefined;
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The word pieces in the form of the `tokenizers` library: lower case, no accents, longest piece first, no [CLS] or [SEP]. */
function wordPieceJson(vocabulary: readonly string[]) {
  const special = specialPieces.filter((piece) => vocabulary.includes(piece));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content) => ({
      id: vocabulary.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: true,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
    },
  };
}

function cardText(
  { kind, config, params, source, step }: ModelWeights,
  { name }: ModelCard,
  size: number,
  architecture: string | undefined,
): string {
  const what = {
    m3ae: 'A multimodal masked autoencoder of pictures and captions',
    mae: 'A masked autoencoder of pictures',
    encoder: 'A Vision Transformer, the encoder of pictures',
    clip: 'A pair of towers that map pictures and texts to one space',
  }[kind];
  const count = countElements(params);
  const trained = step === undefined ? '' : ` after ${pluralize(step, 'update')}`;
  return `---
library_name: ${architecture ? 'transformers' : 'm3ae'}
tags: [m3ae, masked-autoencoder]
---

# ${name}

${what}: ${pluralize(count, 'parameter')}, width ${config.embedDim}, ${pluralize(config.depth, 'block')}, ${pluralize(config.heads, 'head')}, pictures of
${size} pixels in patches of ${config.patchSize}. The weights are those of ${source}${trained}.

${architecture ? transformersText(name, architecture) : ownText}

\`\`\`ts
import { readWeightsFile } from '@m3ae/weights/files';

const { config, params } = readWeightsFile('${name}');
\`\`\`

Say here what it was trained on, under which license, and what it is and is not good for.
`;
}

const ownText = `\`model.safetensors\` holds the parameters by their paths, such as \`encoder.blocks.0.attention.qkv.kernel\`; kernels are (in, out), so
y = x · kernel + bias. The columns of \`qkv\` are queries, keys, values, each head by head. A patch flattens (row, column, channel).`;

const transformersText = (
  name: string,
  architecture: string,
) => `\`model.safetensors\` holds the parameters of \`${architecture}\`:

\`\`\`python
from transformers import AutoModel

model = AutoModel.from_pretrained('${name}'${architecture === 'ViTModel' ? '' : ', mask_ratio=0.0'})
\`\`\``;
