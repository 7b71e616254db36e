import { prefixFaults } from '@m3ae/errors';
import {
  createOptimizer,
  runLength,
  type RunLength,
  scheduleOf,
  type Transform,
  type WarmupCosineOptions,
} from '@m3ae/optim';
import type { Task } from '@m3ae/training';
import {
  type ModelConfig,
  resolveClassifierConfig,
  resolveClipConfig,
  resolveM3aeConfig,
} from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';

/** What only the data can tell. */
export interface DataFacts {
  /** Word pieces of the vocabulary in use. */
  readonly vocabSize: number;
  /** Training examples. */
  readonly trainLength: number;
  /** Classes of the training examples; absent where they have none. */
  readonly classes?: number;
}

/** What the sections `train` and `optimizer` say about the length of a run, its rates, and the optimizer alone. */
function partsOf({ train, optimizer }: Pick<TrainerConfig, 'train' | 'optimizer'>) {
  const { warmup, scheduleSteps, decay: _decay, ...rest } = optimizer;
  const { peakLearningRate, initialLearningRate, endLearningRate, learningRatePer, ...own } = rest;
  const { batchSize, steps, epochs } = train;
  return {
    own,
    length: { batchSize, steps, epochs, warmup, scheduleSteps },
    rates: {
      peakLearningRate,
      initialLearningRate,
      endLearningRate,
      learningRatePer,
      scheduleSteps,
      batchSize,
    },
  };
}

/**
 * Steps of a run.
 *
 * @throws InvalidInput if the warm-up does not end within the run.
 */
export function lengthOf(config: TrainerConfig, trainLength: number): RunLength {
  return prefixFaults('optimizer', () => runLength(partsOf(config).length, trainLength));
}

/** The optimizer that a config asks for. */
export function optimizerOf(
  config: Pick<TrainerConfig, 'train' | 'optimizer'>,
  { decays }: Pick<Task, 'decays'>,
  depth: number,
): Transform {
  const { own } = partsOf(config);
  return prefixFaults('optimizer', () => createOptimizer({ ...own, decay: decays, depth }));
}

/**
 * The model with every size filled in: a `ClipConfig` for method "clip", a `ClassifierConfig` for "supervised".
 *
 * @param classes - Needed for method "supervised".
 */
export function modelConfig(
  { method, model, image, text }: TrainerConfig,
  vocabSize: number,
  classes?: number,
): ModelConfig {
  const { textHeadBias: _textHeadBias, clip, pooling, imagePositions, ...sizes } = model;
  const rebuilds = method === 'm3ae' || method === 'mae';
  const isRead = (name: string) => rebuilds || !name.startsWith('decoder');
  const given = Object.fromEntries(
    Object.entries(sizes).filter(([name, value]) => value !== undefined && isRead(name)),
  );
  const side = image.size / image.patchSize;
  const learnedPositions = imagePositions === 'learned' ? ([side, side] as const) : undefined;
  const trunk = {
    ...given,
    patchSize: image.patchSize,
    vocabSize,
    ...(learnedPositions && { learnedPositions }),
    ...(image.tokenizer && { imageOutputDim: image.tokenizer.codes }),
  };
  if (rebuilds) return resolveM3aeConfig(trunk);
  if (method === 'supervised') return resolveClassifierConfig(trunk, { classes: classes ?? 0, pooling });
  const textTower = {
    dim: clip.textDim,
    depth: clip.textDepth,
    heads: clip.textHeads,
    length: text.maxLength,
    attention: clip.textAttention,
    pooling: clip.textPooling,
    positions: clip.textPositions,
  };
  return resolveClipConfig(trunk, { textTower, sharedDim: clip.sharedDim, pooling });
}

/** What a config and its data make of model and schedule. */
export interface StepConfig {
  readonly model: ModelConfig;
  readonly schedule: Required<WarmupCosineOptions>;
}

/** Translates a config into sizes and rates. */
export function stepConfig(config: TrainerConfig, facts: DataFacts): StepConfig {
  return {
    model: modelConfig(config, facts.vocabSize, facts.classes),
    schedule: scheduleOf(partsOf(config).rates, lengthOf(config, facts.trainLength)),
  };
}
