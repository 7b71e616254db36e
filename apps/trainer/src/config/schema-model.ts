import { oneOf, optional, optionalRecord, record, withDefault } from '@m3ae/errors/rules';
import { modelRules, poolingRule, textTowerRules } from '@m3ae/transformer';

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
