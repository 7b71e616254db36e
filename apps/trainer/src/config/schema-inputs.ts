import { type CropOptions, resolveCrop } from '@m3ae/datasets';
import { checkMaskChoice, type MaskChoice } from '@m3ae/masking';
import { z } from 'zod';
import {
  checkedRecord,
  fault,
  flag,
  numberBelow,
  numberWithin,
  oneOf,
  optionalSection,
  positiveInteger,
  section,
  text,
} from './fields.js';
import { limits } from './limits.js';

const ratioRemedy = 'Write three quarters as 0.75, not 75.';

type CropOf<Kind extends CropOptions['kind']> = Extract<CropOptions, { kind: Kind }>;

const cropOf = <Kind extends CropOptions['kind']>(kind: Kind) =>
  checkedRecord<CropOf<Kind>, Required<CropOf<Kind>>>({ kind }, resolveCrop);

const crop = z.discriminatedUnion(
  'kind',
  [cropOf('randomResized'), cropOf('square'), cropOf('center')],
  fault(
    '{ kind: "randomResized" }, { kind: "square", min, max } or { kind: "center" }',
    'Use { kind: "randomResized", area: [0.2, 1] } as the paper does.',
  ),
);

const threeNumbers = (number: z.ZodNumber, remedy: string) => {
  const words = fault('three numbers in [0, 1], one a channel, or "data"', remedy);
  return z.union([z.literal('data'), z.tuple([number, number, number])], words);
};

type MaskingOf<Strategy extends string> = Extract<MaskChoice, { strategy: Strategy }>;

const maskingOf = <Strategy extends 'random' | 'block' | 'span'>(strategy: Strategy) =>
  checkedRecord<MaskingOf<Strategy>, MaskingOf<Strategy>>({ strategy }, checkMaskChoice);

const imageMasking = z.discriminatedUnion(
  'strategy',
  [maskingOf('random'), maskingOf('block')],
  fault('{ strategy: "random" } or { strategy: "block" }', 'The paper hides patches at random.'),
);

const textMasking = z.discriminatedUnion(
  'strategy',
  [
    maskingOf('random'),
    maskingOf('span'),
    section({
      strategy: z.literal('corrupt'),
      maskShare: numberWithin(
        0,
        1,
        'The share of the chosen pieces that become [MASK]; 0.8 in BERT.',
      ).default(0.8),
      randomShare: numberWithin(
        0,
        1,
        'The share of the chosen pieces that become a random one; 0.1 in BERT.',
      ).default(0.1),
    }),
  ],
  fault(
    '{ strategy: "random" }, { strategy: "span" } or { strategy: "corrupt" }',
    'The paper hides word pieces at random.',
  ),
);

const half = {
  model: text('Name the ONNX file, e.g. "tokenizer/encoder.onnx".'),
  input: text('Its input, if it has several.').optional(),
  output: text('Its output, if it has several.').optional(),
};

/** An image tokenizer whose codes are predicted instead of pixels. */
const tokenizer = section({
  ...half,
  codes: positiveInteger(
    limits.codes,
    'The number of its codes, e.g. 1024 for MaskGIT; the rows of codebook tell it too.',
  ),
  codebook: section({
    file: text('Name the file of weights that holds the code book, e.g. "tokenizer/vqgan.safetensors".'),
    tensor: text('Its name in there, e.g. "quantize.embedding.weight".').optional(),
  }).optional(),
  axes: oneOf(['nchw', 'nhwc'], 'The order of the axes of its pictures.').default('nchw'),
  range: z
    .tuple(
      [z.number().min(-1e6).max(1e6), z.number().min(-1e6).max(1e6)],
      fault(
        '[black, white], each from -1000000 to 1000000',
        'What it takes for both, e.g. [0, 1] or [-1, 1].',
      ),
    )
    .default([0, 1]),
  decoder: section({
    ...half,
    takes: oneOf(['codes', 'vectors'], 'What is fed to it.').default('codes'),
  }).optional(),
});

/** The `image` part of a config: from a decoded picture to hidden patches. */
export const imageSection = optionalSection({
  size: positiveInteger(limits.pictureSide, 'The side of the square picture in pixels, e.g. 256.').default(
    256,
  ),
  patchSize: positiveInteger(limits.pictureSide, 'The side of a patch in pixels, e.g. 16.').default(16),
  maskRatio: numberBelow(0, 1, ratioRemedy).default(0.75),
  masking: imageMasking.default({ strategy: 'random' }),
  crop: crop.prefault({ kind: 'randomResized' }),
  tokenizer: tokenizer.optional(),
  flip: numberWithin(0, 1, 'The probability of mirroring; write one half as 0.5.').default(0.5),
  mean: threeNumbers(
    z.number().min(0).max(1),
    'Use "data" for the statistics of the source, or e.g. [0.485, 0.456, 0.406].',
  ).default('data'),
  std: threeNumbers(
    z.number().gt(0).max(1),
    'Use "data" for the statistics of the source, or e.g. [0.229, 0.224, 0.225].',
  ).default('data'),
});

/** The `text` part of a config: from a caption to hidden word pieces. */
export const textSection = optionalSection({
  maxLength: positiveInteger(
    limits.textLength,
    'The number of word pieces kept of a caption, e.g. 64.',
  ).default(64),
  maskRatio: numberBelow(0, 1, ratioRemedy).default(0.75),
  masking: textMasking.default({ strategy: 'random' }),
  vocabulary: oneOf(
    ['bert', 'trimmed'],
    '"trimmed" keeps only the pieces that the training captions use.',
  ).default('bert'),
  leaveOutPadding: flag('true computes nothing for padding, which changes no result.').default(true),
});

/** How many examples share one mask. */
export const maskScope = oneOf(
  ['sample', 'batch'],
  '"batch" shares one mask among a batch, as the reference does.',
).default('sample');
