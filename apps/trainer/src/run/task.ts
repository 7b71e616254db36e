import { type MaskChoice, maskStrategy } from '@m3ae/masking';
import { specialPieces, type Tokenizer } from '@m3ae/preprocess';
import { clip, m3ae, mae, supervised } from '@m3ae/tasks';
import type { Task } from '@m3ae/training';
import { type ModelConfig, requireClassifierConfig, requireClipConfig } from '@m3ae/transformer';
import { countElements } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';

/** What is learned: the names of the tasks. */
export type Method = TrainerConfig['method'];

/** What only the data can tell a task. */
export interface TaskFacts {
  /** What the text head adds to its logits at the beginning; zeros, if left out. */
  readonly textHeadBias?: Float32Array;
  /** The vocabulary, for ids that stand for no text; bert-base-uncased, if left out. */
  readonly tokenizer?: Pick<Tokenizer, 'idOf'>;
}

type MakeTask = (config: TrainerConfig, model: ModelConfig, facts: TaskFacts) => Task;

/** Which tokens a part of a config hides. */
const hidingOf = ({ masking, maskRatio }: { readonly masking: MaskChoice; readonly maskRatio: number }) => ({
  masking: maskStrategy(masking),
  maskRatio,
});

/** What happens to texts: pieces are hidden, or some are altered and predicted. */
function textOf({ text }: TrainerConfig, { tokenizer }: TaskFacts) {
  const { masking, maskRatio, leaveOutPadding } = text;
  if (masking.strategy !== 'corrupt') return { ...hidingOf({ masking, maskRatio }), leaveOutPadding };
  const { maskShare, randomShare } = masking;
  const ids = tokenizer && {
    maskId: tokenizer.idOf('[MASK]')!,
    specialIds: specialPieces.map((piece) => tokenizer.idOf(piece)!),
  };
  return { corruption: { maskRatio, maskShare, randomShare, ...ids }, leaveOutPadding };
}

/** The methods that a config can name; a new one is one line here and one file in the tasks package. */
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

/** What a config learns. */
export function taskOf(config: TrainerConfig, model: ModelConfig, facts: TaskFacts = {}): Task {
  return methods[config.method](config, model, facts);
}

/** Number of parameters of a config's model. */
export function parameterCount(config: TrainerConfig, model: ModelConfig): number {
  return countElements(taskOf(config, model).shapes());
}
