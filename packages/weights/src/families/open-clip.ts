import { type ClipConfig, type ClipParams, fromFacebookNames, resolveClipConfig } from '@m3ae/transformer';
import { invalidField, prefixFaults } from '@m3ae/errors';
import { flattenTree, type NdArray } from '@m3ae/tree';
import type { ModelHints, ModelWeights } from '../model.js';
import { type FileTensors, readAll, tensorsBelow } from '../tensors.js';
import { facebookModel } from './facebook.js';
import { matched } from './own.js';
import {
  countOf,
  headsOf,
  refuseForeignFeatures,
  renamed,
  type Renaming,
  reshaped,
  shapesOf,
  zeros,
} from './layout.js';

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
 * @param source - Whose file it is, for the reader.
 * @throws InvalidInput with one line for each tensor that does not fit, or each part that ours cannot express.
 */
export function openClipModel(
  tensors: FileTensors,
  hints: ModelHints,
  fileBytes: number,
  source = 'open_clip (PyTorch)',
): ModelWeights {
  refuseForeignFeatures(tensors);
  const flat = renamed(tensors, [[/^text\./, '']]);
  const shapes = shapesOf(flat, {
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
  const exact = { normEpsilon: 1e-5, ...hints, gelu: hints.gelu ?? 'erf' } as const;
  const trunk = prefixFaults('visual', () => facebookModel(pictureTower(flat), exact, fileBytes));
  const [length, dim] = shapes.positional_embedding as [number, number];
  const depth = countOf(flat, /^transformer\.resblocks\.(\d+)\./);
  const heads = headsOf('textHeads', dim, hints.textHeads, Math.max(1, dim / 64));
  const mlpRatio = shapes['transformer.resblocks.0.mlp.c_fc.weight'][0]! / dim;
  if (mlpRatio !== trunk.config.mlpRatio) {
    const rule = `${trunk.config.mlpRatio} times the width in both towers`;
    throw invalidField('the hidden width of the MLPs', rule, `${mlpRatio} times`, 'Take another model.');
  }
  const config = resolveClipConfig(
    { ...trunk.config, vocabSize: shapes['token_embedding.weight'][0]! },
    { sharedDim: shapes['visual.proj'][1]!, textTower: { length, dim, depth, heads } },
  );
  const params = {
    ...trunk.params,
    imageProjection: { kernel: flat.get('visual.proj')!.read() },
    ...textTower(flat, config, fileBytes),
  };
  const { size } = trunk.image;
  const { bytePairs } = hints;
  if (bytePairs !== undefined && bytePairs.pieces.length !== config.vocabSize) {
    const rule = `of ${config.vocabSize} pieces, as the text tower has rows`;
    throw invalidField('bytePairs', rule, bytePairs.pieces.length, 'Take the tokenizer of these weights.');
  }
  const note = 'Models with "quick_gelu", such as OpenAI\'s own, need gelu: "quick".';
  return {
    kind: 'clip',
    source,
    config,
    // Compared once more as a whole: the towers' readers see no projections, tables and scales.
    params: matched('clip', config, Object.fromEntries(flattenTree<NdArray>(params))) as ClipParams<NdArray>,
    image: { ...clipStatistics, ...(size !== undefined && { size }), ...hints.image },
    notes: [
      ...trunk.notes,
      ...(hints.gelu === undefined ? [`GELU was taken as the exact one. ${note}`] : []),
    ],
    ...(bytePairs && { bytePairs }),
  };
}

/** The picture tower under the names and in the shapes of the original MAE, without the projection. */
function pictureTower(flat: FileTensors): FileTensors {
  const visual = new Map(renamed(tensorsBelow(flat, 'visual.'), pictures));
  visual.delete('proj');
  for (const [name, axes] of [
    ['cls_token', [1, 1]],
    ['pos_embed', [1]],
  ] as const) {
    const tensor = visual.get(name)!;
    visual.set(name, reshaped(tensor, [...axes, ...tensor.shape]));
  }
  return visual.set('patch_embed.proj.bias', zeros([visual.get('patch_embed.proj.weight')!.shape[0]!]));
}

/** Everything but the pictures', and what OpenAI's files hold beside parameters. */
const otherNames = /^(visual\.|(attn_mask|input_resolution|context_length|vocab_size)$)/;

function textTower(flat: FileTensors, config: ClipConfig, fileBytes: number) {
  const { dim, depth } = config.textTower;
  const rest = [...flat].filter(([name]) => !otherNames.test(name));
  const {
    'token_embedding.weight': table,
    positional_embedding: positions,
    text_projection: kernel,
    logit_scale: logitScale,
    ...blocksOfText
  } = readAll(renamed(new Map(rest), texts), fileBytes);
  const sizes = { ...config, embedDim: dim, depth, inputNorm: false };
  const { encoder } = prefixFaults('text', () => fromFacebookNames(blocksOfText, sizes, 'stack'));
  return {
    textTower: { table: table!, positions: positions!, stack: encoder },
    textProjection: { kernel: kernel! },
    logitScale: logitScale!,
  };
}
