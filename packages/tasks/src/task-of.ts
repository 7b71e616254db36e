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
import { checkMaskChoice, type MaskChoice, maskStrategy } from '@m3ae/masking';
import { specialPieces, type Tokenizer } from '@m3ae/preprocess';
import type { Task } from '@m3ae/training';
import { type ModelConfig, requireClassifierConfig, requireClipConfig } from '@m3ae/transformer';
import { clip } from './clip.js';
import { m3ae } from './m3ae.js';
import { mae, type MaeTaskOptions } from './mae.js';
import type { ModelSettings } from './model-of.js';
import type { LossWeights } from './options.js';
import { supervised, type SupervisedTaskOptions } from './supervised.js';
import type { Method } from './methods.js';

/** How the tokens of a modality are hidden, in words that JSON can hold. */
export interface ModalitySettings {
  readonly masking: MaskChoice;
  readonly maskRatio: number;
}

/** How the pieces of captions are hidden, or altered as in BERT. */
export interface TextSettings extends Omit<ModalitySettings, 'masking'> {
  readonly masking:
    MaskChoice | { readonly strategy: 'corrupt'; readonly maskShare: number; readonly randomShare: number };
  readonly leaveOutPadding: boolean;
}

/** What of a config of `m3ae` says what is learned. */
export interface TaskSettings extends ModelSettings {
  readonly image: ModelSettings['image'] & ModalitySettings;
  readonly text: ModelSettings['text'] & TextSettings;
  readonly loss: LossWeights;
  /** Of method "supervised". */
  readonly augment: SupervisedTaskOptions['augment'];
  readonly optimizer: Pick<MaeTaskOptions, 'decay'>;
  readonly train: Pick<MaeTaskOptions, 'maskScope' | 'recompute'>;
}

/** What only the data can tell a task. */
export interface TaskFacts {
  /** What the text head adds to its logits at the beginning; zeros, if left out. */
  readonly textHeadBias?: Float32Array;
  /** The vocabulary, for ids that stand for no text; bert-base-uncased, if left out. */
  readonly tokenizer?: Pick<Tokenizer, 'idOf'>;
}

type MakeTask = (settings: TaskSettings, model: ModelConfig, facts: TaskFacts) => Task;

/** Which tokens a part of a config hides. */
const hidingOf = ({ masking, maskRatio }: ModalitySettings) => ({
  masking: maskStrategy(masking),
  maskRatio,
});

/** What both masked autoencoders are told. */
const maskedOf = ({ image, loss, optimizer, train }: TaskSettings, model: ModelConfig): MaeTaskOptions => ({
  model,
  image: hidingOf(image),
  loss,
  maskScope: train.maskScope,
  decay: optimizer.decay,
  recompute: train.recompute,
});

/** What happens to texts: pieces are hidden, or some are altered and predicted. */
function textOf({ text }: TaskSettings, { tokenizer }: TaskFacts) {
  const { masking, maskRatio, leaveOutPadding } = text;
  if (masking.strategy !== 'corrupt') return { ...hidingOf({ masking, maskRatio }), leaveOutPadding };
  const { maskShare, randomShare } = masking;
  const ids = tokenizer && {
    maskId: tokenizer.idOf('[MASK]')!,
    specialIds: specialPieces.map((piece) => tokenizer.idOf(piece)!),
  };
  return { corruption: { maskRatio, maskShare, randomShare, ...ids }, leaveOutPadding };
}

/** The methods that a config can name; a new one is one line here and one file beside this one. */
const methods: Readonly<Record<Method, MakeTask>> = {
  m3ae: (config, model, facts) =>
    m3ae({ ...maskedOf(config, model), text: textOf(config, facts), textHeadBias: facts.textHeadBias }),
  mae: (config, model) => mae(maskedOf(config, model)),
  clip: ({ optimizer, train }, model) =>
    clip({ model: requireClipConfig(model), decay: optimizer.decay, recompute: train.recompute }),
  supervised: ({ augment, optimizer, train: { recompute } }, model) =>
    supervised({ model: requireClassifierConfig(model), augment, decay: optimizer.decay, recompute }),
};

/**
 * What a config learns.
 *
 * @param model - From {@link modelOf}.
 */
export function taskOf(config: TaskSettings, model: ModelConfig, facts: TaskFacts = {}): Task {
  return methods[config.method](config, model, facts);
}

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
