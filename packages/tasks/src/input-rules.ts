import {
  checkedBy,
  inInterval,
  integer,
  kinds,
  matching,
  oneOf,
  optional,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { checkMaskChoice, type MaskChoice } from '@m3ae/masking';

type MaskingOf<Strategy extends string> = Extract<MaskChoice, { strategy: Strategy }>;

const maskingOf = <Strategy extends 'random' | 'block' | 'span'>() =>
  checkedBy((choice: MaskingOf<Strategy>) => checkMaskChoice(choice));

/** The rule of how patches are hidden: `{ strategy: 'random' }` or `{ strategy: 'block' }`, with their options. */
export const imageMaskingRule = kinds(
  'strategy',
  { random: maskingOf<'random'>(), block: maskingOf<'block'>() },
  {
    rule: '{ strategy: "random" } or { strategy: "block" }',
    remedy: 'The paper hides patches at random.',
  },
);

const share = (remedy: string) => inInterval('[0, 1]', remedy);

/** The rule of how word pieces are hidden: at random, in spans, or altered as in BERT. */
export const textMaskingRule = kinds(
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

/** 16,384 in DALL-E's successors. */
const mostCodes = 1e6;

const half = {
  model: text('Name the ONNX file, e.g. "tokenizer/encoder.onnx".'),
  input: optional(text('Its input, if it has several.')),
  output: optional(text('Its output, if it has several.')),
};

const isGray = (value: unknown) => typeof value === 'number' && Math.abs(value) <= 1e6;

/** The rule of an image tokenizer whose codes are predicted instead of pixels: its files, and what its pictures and codes are. */
export const imageTokenizerRule = record({
  ...half,
  codes: integer(
    { min: 1, limit: mostCodes },
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
