import { type MaskChoice, maskStrategy } from '@m3ae/masking';
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

/** What makes the task of each method. */
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
