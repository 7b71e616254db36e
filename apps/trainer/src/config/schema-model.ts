import { z } from 'zod';
import {
  flag,
  integerFrom,
  numberBelow,
  oneOf,
  optionalSection,
  positive,
  positiveInteger,
} from './fields.js';
import { limits } from './limits.js';

const share = 'Write ten per cent as 0.1, not 10.';

/** What a CLIP has beside its trunk. */
const clip = optionalSection({
  textDim: positiveInteger(
    limits.width,
    'The width of the text tower; that of the encoder if left out.',
  ).optional(),
  textDepth: positiveInteger(
    limits.blocks,
    'The blocks of the text tower; those of the encoder if left out.',
  ).optional(),
  textHeads: positiveInteger(
    limits.heads,
    'The heads of the text tower; those of the encoder if left out.',
  ).optional(),
  textAttention: oneOf(['causal', 'full'], '"causal" is that of the original CLIP.').default('causal'),
  textPooling: oneOf(
    ['last', 'mean', 'cls'],
    'Leave it out for "last" with causal attention and "mean" with full attention.',
  ).optional(),
  textPositions: oneOf(
    ['learned', 'fixed'],
    '"learned" is one vector a place; "fixed" are the codes of M3AE.',
  ).default('learned'),
  sharedDim: positiveInteger(
    limits.width,
    'The width of the space of pictures and texts; that of the encoder if left out.',
  ).optional(),
});

/** The `model` part of a config: a named size, and whatever differs from it. */
export const modelSection = optionalSection({
  size: oneOf(
    ['small', 'base', 'large', 'huge'],
    'Leave it out to give embedDim, depth and heads yourself.',
  ).optional(),
  embedDim: positiveInteger(limits.width, 'The width of the encoder, e.g. 384.').optional(),
  depth: positiveInteger(limits.blocks, 'The number of encoder blocks, e.g. 12.').optional(),
  heads: positiveInteger(limits.heads, 'The attention heads of the encoder, e.g. 6.').optional(),
  decoderDim: positiveInteger(limits.width, 'The width of the decoder, e.g. 512.').optional(),
  decoderDepth: positiveInteger(limits.blocks, 'The number of decoder blocks, e.g. 8.').optional(),
  decoderHeads: positiveInteger(limits.heads, 'The attention heads of the decoder, e.g. 16.').optional(),
  mlpRatio: positive(
    limits.mlpRatio,
    'The width of a hidden layer over that of the block, e.g. 4.',
  ).optional(),
  outputHeadDepth: integerFrom(
    0,
    limits.blocks,
    'The hidden layers of the output heads; 0 is one linear map.',
  ).default(0),
  useTypeEmbedding: flag('true adds a learned vector for picture and for text.').default(true),
  gelu: oneOf(
    ['tanh', 'erf', 'quick'],
    '"tanh" is the approximation that the reference uses, "quick" that of the original CLIP.',
  ).default('tanh'),
  normEpsilon: positive(1, 'Added to the variance in a normalization; 1e-6 in the reference.').optional(),
  imagePositions: oneOf(
    ['fixed', 'learned'],
    '"fixed" are the codes of M3AE; "learned" is one vector a patch, as in the original ViT.',
  ).optional(),
  inputNorm: flag('true normalizes before the first block, as the original CLIP does.').optional(),
  dropout: numberBelow(0, 1, share).default(0),
  attentionDropout: numberBelow(0, 1, share).default(0),
  dropPath: numberBelow(0, 1, share).default(0),
  dropPathSchedule: oneOf(
    ['constant', 'linear'],
    '"constant" is the same in every block, as in the reference.',
  ).default('constant'),
  pooling: oneOf(['cls', 'mean'], 'What stands for a picture with methods "clip" and "supervised".').default(
    'cls',
  ),
  clip,
  textHeadBias: oneOf(
    ['zero', 'logFrequency'],
    '"logFrequency" starts the text head at how often each piece occurs.',
  ).default('zero'),
});

/** The `model` part of a config with its defaults. */
export type ModelSection = z.output<typeof modelSection>;
