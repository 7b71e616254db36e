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

const share = 'Write ten per cent as 0.1, not 10.';

/** The `model` part of a config: a named size, and whatever differs from it. */
export const modelSection = optionalSection({
  size: oneOf(
    ['small', 'base', 'large', 'huge'],
    'Leave it out to give embedDim, depth and heads yourself.',
  ).optional(),
  embedDim: positiveInteger('The width of the encoder, e.g. 384.').optional(),
  depth: positiveInteger('The number of encoder blocks, e.g. 12.').optional(),
  heads: positiveInteger('The attention heads of the encoder, e.g. 6.').optional(),
  decoderDim: positiveInteger('The width of the decoder, e.g. 512.').optional(),
  decoderDepth: positiveInteger('The number of decoder blocks, e.g. 8.').optional(),
  decoderHeads: positiveInteger('The attention heads of the decoder, e.g. 16.').optional(),
  mlpRatio: positive('The width of a hidden layer over that of the block, e.g. 4.').optional(),
  outputHeadDepth: integerFrom(0, 'The hidden layers of the output heads; 0 is one linear map.').default(0),
  useTypeEmbedding: flag('true adds a learned vector for picture and for text.').default(true),
  gelu: oneOf(['tanh', 'erf'], '"tanh" is the approximation that the reference uses.').default('tanh'),
  dropout: numberBelow(0, 1, share).default(0),
  attentionDropout: numberBelow(0, 1, share).default(0),
  dropPath: numberBelow(0, 1, share).default(0),
  dropPathSchedule: oneOf(
    ['constant', 'linear'],
    '"constant" is the same in every block, as in the reference.',
  ).default('constant'),
  textHeadBias: oneOf(
    ['zero', 'logFrequency'],
    '"logFrequency" starts the text head at how often each piece occurs.',
  ).default('zero'),
});

/** The `model` part of a config with its defaults. */
export type ModelSection = z.output<typeof modelSection>;
