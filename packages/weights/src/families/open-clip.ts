import { fromFacebookNames, resolveClipConfig, type TrunkParams } from '@m3ae/transformer';
import { invalidField, prefixFaults } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import { type FileTensors, readAll, tensorsBelow } from '../tensors.js';
import { facebookModel } from './facebook.js';
import { renamed, type Renaming, reshaped, zeros } from './rename.js';
import { countOf, headsOf, shapesOf } from './sizes.js';
import { refuseForeignFeatures } from './vit-features.js';

/** Blocks of both towers as the original MAE names them. */
const blocks: Renaming = [
  [/^transformer\.resblocks\./, 'blocks.'],
  [/\.ln_1\./, '.norm1.'],
  [/\.ln_2\./, '.norm2.'],
  [/\.attn\.in_proj_(weight|bias)$/, '.attn.qkv.$1'],
  [/\.attn\.out_proj\./, '.attn.proj.'],
  [/\.mlp\.c_fc\./, '.mlp.fc1.'],
  [/\.mlp\.c_proj\./, '.mlp.fc2.'],
];

const pictures: Renaming = [
  ...blocks,
  [/^class_embedding$/, 'cls_token'],
  [/^positional_embedding$/, 'pos_embed'],
  [/^conv1\.weight$/, 'patch_embed.proj.weight'],
  [/^ln_pre\./, 'norm_pre.'],
  [/^ln_post\./, 'norm.'],
];

const texts: Renaming = [...blocks, [/^ln_final\./, 'norm.']];

/** How OpenAI's CLIP and most that followed normalize pictures. */
const clipStatistics = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Whether names are those of open_clip's models, or of OpenAI's CLIP. */
export function isOpenClip(tensors: FileTensors): boolean {
  return [...tensors.keys()].some((name) => name.startsWith('visual.'));
}

/**
 * Both towers of an open_clip model with a Vision Transformer.
 *
 * @throws InvalidInput with one line for each tensor that does not fit, or each part that ours cannot express.
 */
export function openClipModel(tensors: FileTensors, hints: ModelHints, fileBytes: number): ModelWeights {
  refuseForeignFeatures(tensors);
  const flat = renamed(tensors, [[/^text\./, '']]);
  const {
    'visual.proj': projection,
    'visual.conv1.weight': convolution,
    ...shapes
  } = shapesOf(flat, {
    'visual.proj': 2,
    'visual.conv1.weight': 4,
    'visual.class_embedding': 1,
    'visual.positional_embedding': 2,
    text_projection: 2,
    positional_embedding: 2,
    'token_embedding.weight': 2,
    'transformer.resblocks.0.mlp.c_fc.weight': 2,
    logit_scale: 0,
  });
  const visual = new Map(renamed(tensorsBelow(flat, 'visual.'), pictures));
  visual.delete('proj');
  for (const name of ['cls_token', 'pos_embed']) {
    const tensor = visual.get(name)!;
    visual.set(name, reshaped(tensor, [1, ...(name === 'cls_token' ? [1] : []), ...tensor.shape]));
  }
  visual.set('patch_embed.proj.bias', zeros([convolution[0]!]));
  const exact = { normEpsilon: 1e-5, ...hints, gelu: hints.gelu ?? 'erf' } as const;
  const trunk = prefixFaults('visual', () => facebookModel(visual, exact, fileBytes));
  const [length, dim] = shapes.positional_embedding as [number, number];
  const tower = {
    length,
    dim,
    depth: countOf(flat, /^transformer\.resblocks\.(\d+)\./),
    heads: headsOf('textHeads', dim, hints.textHeads, Math.max(1, dim / 64)),
  };
  const mlpRatio = shapes['transformer.resblocks.0.mlp.c_fc.weight'][0]! / dim;
  if (mlpRatio !== trunk.config.mlpRatio) {
    const rule = `${trunk.config.mlpRatio} times the width in both towers`;
    throw invalidField('the hidden width of the MLPs', rule, `${mlpRatio} times`, 'Take another model.');
  }
  const config = resolveClipConfig(
    { ...trunk.config, vocabSize: shapes['token_embedding.weight'][0]! },
    { sharedDim: projection[1]!, textTower: tower },
  );
  const rest = [...flat].filter(([name]) => !name.startsWith('visual.') && !bookkeeping.test(name));
  const {
    'token_embedding.weight': table,
    positional_embedding: positions,
    ...others
  } = readAll(renamed(new Map(rest), texts), fileBytes);
  const { text_projection: textKernel, logit_scale: logitScale, ...stack } = others;
  const textConfig = { ...trunk.config, embedDim: dim, depth: tower.depth, inputNorm: false };
  const params = {
    ...(trunk.params as TrunkParams<NdArray>),
    imageProjection: { kernel: flat.get('visual.proj')!.read() },
    textTower: {
      table: table!,
      positions: positions!,
      stack: prefixFaults('text', () => fromFacebookNames(stack, textConfig, 'stack')).encoder,
    },
    textProjection: { kernel: textKernel! },
    logitScale: logitScale!,
  };
  const note = 'Models with "quick_gelu", such as OpenAI\'s own, need gelu: "quick".';
  return {
    kind: 'clip',
    source: 'open_clip (PyTorch)',
    config,
    params,
    image: {
      ...clipStatistics,
      ...(trunk.image.size !== undefined && { size: trunk.image.size }),
      ...hints.image,
    },
    notes: [
      ...trunk.notes,
      ...(hints.gelu === undefined ? [`GELU was taken as the exact one. ${note}`] : []),
      "Texts are counted by the ids of CLIP's own tokenizer.",
    ],
  };
}

/** What OpenAI's files hold beside parameters. */
const bookkeeping = /^(attn_mask|input_resolution|context_length|vocab_size)$/;
