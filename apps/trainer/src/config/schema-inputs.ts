import { cropRule, maxLengthRule } from '@m3ae/datasets';
import {
  checkedBy,
  flag,
  inInterval,
  integer,
  kinds,
  matching,
  oneOf,
  optional,
  optionalRecord,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { checkMaskChoice, type MaskChoice } from '@m3ae/masking';
import { limits } from './limits.js';

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

type MaskingOf<Strategy extends string> = Extract<MaskChoice, { strategy: Strategy }>;

const maskingOf = <Strategy extends 'random' | 'block' | 'span'>() =>
  checkedBy((choice: MaskingOf<Strategy>) => checkMaskChoice(choice));

const imageMasking = kinds(
  'strategy',
  { random: maskingOf<'random'>(), block: maskingOf<'block'>() },
  {
    rule: '{ strategy: "random" } or { strategy: "block" }',
    remedy: 'The paper hides patches at random.',
  },
);

const share = (remedy: string) => inInterval('[0, 1]', remedy);

const textMasking = kinds(
  'strategy',
  {
    random: maskingOf<'random'>(),
    span: maskingOf<'span'>(),
    corrupt: record({
      strategy: oneOf(['corrupt']),
      maskShare: withDefault(share('The share of the chosen pieces that become [MASK]; 0.8 in BERT.'), 0.8),
      randomShare: withDefault(
        share('The share of the chosen pieces that become a random one; 0.1 in BERT.'),
        0.1,
      ),
    }),
  },
  {
    rule: '{ strategy: "random" }, { strategy: "span" } or { strategy: "corrupt" }',
    remedy: 'The paper hides word pieces at random.',
  },
);

const half = {
  model: text('Name the ONNX file, e.g. "tokenizer/encoder.onnx".'),
  input: optional(text('Its input, if it has several.')),
  output: optional(text('Its output, if it has several.')),
};

const isGray = (value: unknown) => typeof value === 'number' && Math.abs(value) <= 1e6;

/** An image tokenizer whose codes are predicted instead of pixels. */
const tokenizer = record({
  ...half,
  codes: integer(
    { min: 1, limit: limits.codes },
    'The number of its codes, e.g. 1024 for MaskGIT; the rows of codebook tell it too.',
  ),
  codebook: optional(
    record({
      file: text('Name the file of weights that holds the code book, e.g. "tokenizer/vqgan.safetensors".'),
      tensor: optional(text('Its name in there, e.g. "quantize.embedding.weight".')),
    }),
  ),
  axes: withDefault(oneOf(['nchw', 'nhwc'], 'The order of the axes of its pictures.'), 'nchw'),
  range: withDefault(
    matching<readonly [black: number, white: number]>(
      '[black, white], each from -1000000 to 1000000',
      (value) => Array.isArray(value) && value.length === 2 && value.every(isGray),
      'What it takes for both, e.g. [0, 1] or [-1, 1].',
      [0, 1],
    ),
    [0, 1],
  ),
  decoder: optional(
    record({ ...half, takes: withDefault(oneOf(['codes', 'vectors'], 'What is fed to it.'), 'codes') }),
  ),
});

const side = (remedy: string) => integer({ min: 1, limit: limits.pictureSide }, remedy);

/** The `image` part of a config: from a decoded picture to hidden patches. */
export const imageRule = optionalRecord(
  record({
    size: withDefault(side('The side of the square picture in pixels, e.g. 256.'), 256),
    patchSize: withDefault(side('The side of a patch in pixels, e.g. 16.'), 16),
    maskRatio: withDefault(inInterval('[0, 1)', ratioRemedy), 0.75),
    masking: withDefault(imageMasking, { strategy: 'random' }),
    crop: optionalRecord(cropRule),
    tokenizer: optional(tokenizer),
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
    masking: withDefault(textMasking, { strategy: 'random' }),
    vocabulary: withDefault(
      oneOf(['bert', 'trimmed'], '"trimmed" keeps only the pieces that the training captions use.'),
      'bert',
    ),
    leaveOutPadding: withDefault(flag('true computes nothing for padding, which changes no result.'), true),
  }),
);
