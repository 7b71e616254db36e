import { type MaskChoice, maskStrategy } from '@m3ae/masking';
import { clip, m3ae, mae, supervised } from '@m3ae/tasks';
import type { Task } from '@m3ae/training';
import type { ClassifierConfig, ClipConfig, M3aeConfig } from '@m3ae/transformer';
import { invalidField } from '@m3ae/errors';
import { countElements } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';

/** What is learned: the names of the tasks. */
export type Method = TrainerConfig['method'];

/** What only the data can tell a task. */
export interface TaskFacts {
  /** What the text head adds to its logits at the beginning; zeros, if left out. */
  readonly textHeadBias?: Float32Array;
}

type MakeTask = (config: TrainerConfig, model: M3aeConfig, facts: TaskFacts) => Task;

/** Which tokens a part of a config hides. */
const hidingOf = ({ masking, maskRatio }: { readonly masking: MaskChoice; readonly maskRatio: number }) => ({
  masking: maskStrategy(masking),
  maskRatio,
});

/** The methods that a config can name; a new one is one line here and one file in the tasks package. */
const methods: Readonly<Record<Method, MakeTask>> = {
  m3ae: (config, model, { textHeadBias }) =>
    m3ae({
      model,
      image: hidingOf(config.image),
      text: { ...hidingOf(config.text), leaveOutPadding: config.text.leaveOutPadding },
      loss: config.loss,
      maskScope: config.train.maskScope,
      decay: config.optimizer.decay,
      recompute: config.train.recompute,
      textHeadBias,
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
    clip({ model: clipModel(model), decay: optimizer.decay, recompute: train.recompute }),
  supervised: ({ augment, optimizer, train: { recompute } }, model) =>
    supervised({ model: classifierModel(model), augment, decay: optimizer.decay, recompute }),
};

/** What a config learns. */
export function taskOf(config: TrainerConfig, model: M3aeConfig, facts: TaskFacts = {}): Task {
  return methods[config.method](config, model, facts);
}

/** Number of parameters of a config's model. */
export function parameterCount(config: TrainerConfig, model: M3aeConfig): number {
  return countElements(taskOf(config, model).shapes());
}

/** @throws InvalidInput unless the model is that of a CLIP. */
export function clipModel(model: M3aeConfig): ClipConfig {
  if ('textTower' in model) return model as ClipConfig;
  throw invalidField(
    'model',
    'that of a CLIP',
    'one without a text tower',
    'Build it with resolveClipConfig.',
  );
}

/** @throws InvalidInput unless the model is that of a classifier. */
export function classifierModel(model: M3aeConfig): ClassifierConfig {
  if ('classes' in model) return model as ClassifierConfig;
  const remedy = 'Build it with resolveClassifierConfig.';
  throw invalidField('model', 'that of a classifier', 'one without classes', remedy);
}
