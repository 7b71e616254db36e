import { invalidField, listSome, nearestHint } from '@m3ae/errors';
import {
  classifierShapes,
  type ClipConfigInput,
  clipShapes,
  type M3aeConfigInput,
  m3aeShapes,
  maeShapes,
  type ModelConfig,
  type ParameterShape,
  requireClassifierConfig,
  requireClipConfig,
  resolveClassifierConfig,
  resolveClipConfig,
  resolveM3aeConfig,
  type TextTowerConfig,
} from '@m3ae/transformer';
import { countElements, type Tree } from '@m3ae/tree';
import { type Method, methodNames, methodTraits } from './methods.js';

/** What of a config of `m3ae` rules the sizes of its model. */
export interface ModelSettings {
  readonly method: Method;
  readonly image: {
    /** Side of a picture, and of a patch, in pixels. */
    readonly size: number;
    readonly patchSize: number;
    /** What makes the codes that are predicted instead of pixels. */
    readonly tokenizer?: { readonly codes: number };
  };
  /** Longest caption in word pieces. */
  readonly text: { readonly maxLength: number };
  /** A named size, and what differs from it. */
  readonly model: Omit<
    M3aeConfigInput,
    'patchSize' | 'channels' | 'vocabSize' | 'imageOutputDim' | 'learnedPositions'
  > & {
    readonly textHeadBias?: 'zero' | 'logFrequency';
    /** Whether the encoder's places are fixed codes (default) or learned. */
    readonly imagePositions?: 'fixed' | 'learned';
    /** What a CLIP or a classifier reads of a picture. */
    readonly pooling?: ClipConfigInput['pooling'];
    /** Of method "clip". */
    readonly clip?: ClipSettings;
  };
}

/** The text tower of a CLIP, and the space that it shares with the trunk. */
export interface ClipSettings {
  readonly textDim?: number;
  readonly textDepth?: number;
  readonly textHeads?: number;
  readonly textAttention?: TextTowerConfig['attention'];
  readonly textPooling?: TextTowerConfig['pooling'];
  readonly textPositions?: TextTowerConfig['positions'];
  readonly sharedDim?: number;
}

/** What only the data can tell of a model. */
export interface ModelFacts {
  /** Word pieces of the vocabulary in use. */
  readonly vocabSize: number;
  /** Classes of the training examples; method "supervised" needs them. */
  readonly classes?: number;
}

/**
 * The model of a config with every size filled in: a `ClipConfig` for method "clip", a `ClassifierConfig` for "supervised".
 *
 * @throws InvalidInput if the method is unknown, or the sizes make no model.
 *
 * @example
 * ```ts
 * const text = { maxLength: 64 };
 * const settings = { method: 'mae', image: { size: 64, patchSize: 8 }, text, model: { size: 'small' } } as const;
 * modelOf(settings, { vocabSize: 30_522 }).embedDim; // 384
 * ```
 */
export function modelOf(
  { method, model, image, text }: ModelSettings,
  { vocabSize, classes = 0 }: ModelFacts,
): ModelConfig {
  if (!methodNames.includes(method)) {
    const hint = nearestHint(String(method), methodNames);
    throw invalidField('method', `one of ${listSome(methodNames)}`, method, hint);
  }
  const { textHeadBias: _textHeadBias, clip = {}, pooling, imagePositions, ...sizes } = model;
  const { rebuildsPictures, readsLabels } = methodTraits(method);
  const given = Object.entries(sizes).filter(([name]) => rebuildsPictures || !name.startsWith('decoder'));
  const side = image.size / image.patchSize;
  const trunk: M3aeConfigInput = {
    ...Object.fromEntries(given),
    patchSize: image.patchSize,
    vocabSize,
    ...(imagePositions === 'learned' && { learnedPositions: [side, side] as const }),
    ...(image.tokenizer && { imageOutputDim: image.tokenizer.codes }),
  };
  if (rebuildsPictures) return resolveM3aeConfig(trunk);
  if (readsLabels) return resolveClassifierConfig(trunk, { classes, pooling });
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

const shapes: Readonly<Record<Method, (model: ModelConfig) => Tree<ParameterShape>>> = {
  m3ae: m3aeShapes,
  mae: maeShapes,
  clip: (model) => clipShapes(requireClipConfig(model)),
  supervised: (model) => classifierShapes(requireClassifierConfig(model)),
};

/** Shapes of all parameters of a method's model, allocating nothing. */
export const shapesOf = (method: Method, model: ModelConfig): Tree<ParameterShape> => shapes[method](model);

/** Number of parameters of a method's model. */
export const parameterCount = (method: Method, model: ModelConfig): number =>
  countElements(shapesOf(method, model));
