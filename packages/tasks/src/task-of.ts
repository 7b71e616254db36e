import { type MaskChoice, maskStrategy } from '@m3ae/masking';
import { specialPieces, type Tokenizer } from '@m3ae/preprocess';
import type { Task } from '@m3ae/training';
import { type ModelConfig, requireClassifierConfig, requireClipConfig } from '@m3ae/transformer';
import { clip } from './clip.js';
import type { LossWeights } from './loss-weights.js';
import { m3ae, type M3aeTaskOptions } from './m3ae.js';
import { mae } from './mae.js';
import type { Method, ModelSettings } from './model-of.js';
import { supervised, type SupervisedTaskOptions } from './supervised.js';

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
  readonly optimizer: Pick<M3aeTaskOptions, 'decay'>;
  readonly train: Pick<M3aeTaskOptions, 'maskScope' | 'recompute'>;
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
    m3ae({
      model,
      image: hidingOf(config.image),
      text: textOf(config, facts),
      loss: config.loss,
      maskScope: config.train.maskScope,
      decay: config.optimizer.decay,
      recompute: config.train.recompute,
      textHeadBias: facts.textHeadBias,
    }),
  mae: (config, model) =>
    mae({
      model,
      image: hidingOf(config.image),
      loss: config.loss,
      maskScope: config.train.maskScope,
      decay: config.optimizer.decay,
      recompute: config.train.recompute,
    }),
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
