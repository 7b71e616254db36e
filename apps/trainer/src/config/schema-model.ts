import {
  flag,
  inInterval,
  integer,
  matching,
  oneOf,
  optional,
  optionalRecord,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import { modelRules, poolingRule, textTowerRules } from '@m3ae/transformer';
import { cropRule, maxLengthRule } from '@m3ae/datasets';
import { imageMaskingRule, imageTokenizerRule, textMaskingRule } from '@m3ae/tasks';
import { limits } from './limits.js';

const { embedDim, depth, heads, decoderDim, decoderDepth, decoderHeads, mlpRatio, ...others } = modelRules;
const { patchSize: _patchSize, channels: _channels, vocabSize: _vocabSize, ...options } = others;
const {
  imageOutputDim: _imageOutputDim,
  learnedPositions: _learnedPositions,
  normEpsilon,
  ...kept
} = options;

/** What a CLIP has beside its trunk. */
const clip = optionalRecord(
  record({
    textDim: optional(textTowerRules.dim),
    textDepth: optional(textTowerRules.depth),
    textHeads: optional(textTowerRules.heads),
    textAttention: textTowerRules.attention,
    textPooling: textTowerRules.pooling,
    textPositions: textTowerRules.positions,
    sharedDim: optional(embedDim),
  }),
);

/** The `model` part of a config: a named size, and whatever differs from it. */
export const modelRule = optionalRecord(
  record({
    size: optional(
      oneOf(['small', 'base', 'large', 'huge'], 'Leave it out to give embedDim, depth and heads yourself.'),
    ),
    embedDim: optional(embedDim),
    depth: optional(depth),
    heads: optional(heads),
    decoderDim: optional(decoderDim),
    decoderDepth: optional(decoderDepth),
    decoderHeads: optional(decoderHeads),
    mlpRatio: optional(mlpRatio),
    normEpsilon: optional(normEpsilon),
    ...kept,
    imagePositions: optional(
      oneOf(
        ['fixed', 'learned'],
        '"fixed" are the codes of M3AE; "learned" is one vector a patch, as in the original ViT.',
      ),
    ),
    pooling: poolingRule,
    clip,
    textHeadBias: withDefault(
      oneOf(['zero', 'logFrequency'], '"logFrequency" starts the text head at how often each piece occurs.'),
      'zero',
    ),
  }),
);

const ratioRemedy = 'Write three quarters as 0.75, not 75.';

const threeNumbers = (fits: (value: number) => boolean, example: string) =>
  withDefault(
    matching<'data' | readonly [number, number, number]>(
      'three numbers in [0, 1], one a channel, or "data"',
      (value) => value === 'data' || (Array.isArray(value) && value.length === 3 && value.every(fits)),
      `Use "data" for the statistics of the source, or e.g. ${example}.`,
      'data',
    ),
    'data',
  );

const share = (remedy: string) => inInterval('[0, 1]', remedy);

const side = (remedy: string) => integer({ min: 1, limit: limits.pictureSide }, remedy);

/** The `image` part of a config: from a decoded picture to hidden patches. */
export const imageRule = optionalRecord(
  record({
    size: withDefault(side('The side of the square picture in pixels, e.g. 256.'), 256),
    patchSize: withDefault(side('The side of a patch in pixels, e.g. 16.'), 16),
    maskRatio: withDefault(inInterval('[0, 1)', ratioRemedy), 0.75),
    masking: withDefault(imageMaskingRule, { strategy: 'random' }),
    crop: optionalRecord(cropRule),
    tokenizer: optional(imageTokenizerRule),
    flip: withDefault(share('The probability of mirroring; write one half as 0.5.'), 0.5),
    mean: threeNumbers((value) => value >= 0 && value <= 1, '[0.485, 0.456, 0.406]'),
    std: threeNumbers((value) => value > 0 && value <= 1, '[0.229, 0.224, 0.225]'),
  }),
);

/** The `text` part of a config: from a caption to hidden word pieces. */
export const textRule = optionalRecord(
  record({
    maxLength: withDefault(maxLengthRule, 64),
    maskRatio: withDefault(inInterval('[0, 1)', ratioRemedy), 0.75),
    masking: withDefault(textMaskingRule, { strategy: 'random' }),
    vocabulary: withDefault(
      oneOf(['bert', 'trimmed'], '"trimmed" keeps only the pieces that the training captions use.'),
      'bert',
    ),
    leaveOutPadding: withDefault(flag('true computes nothing for padding, which changes no result.'), true),
  }),
);
