import { invalidField, requireRecord } from '@m3ae/errors';
import { flattenTree } from '@m3ae/tree';
import { Tensor } from '@tensorflow/tfjs-core';
import type { ClassifierConfig } from './classifier.js';
import type { ClipConfig } from './clip/config.js';
import type { M3aeConfig } from './config.js';

/** Any model of this package by its config: a trunk, or one with a text tower or a classifier. */
export type ModelConfig = M3aeConfig | ClipConfig | ClassifierConfig;

/**
 * The config of a CLIP, where a model is one.
 *
 * @throws InvalidInput for a model without a text tower.
 */
export function requireClipConfig(model: ModelConfig): ClipConfig {
  if (typeof model === 'object' && model !== null && 'textTower' in model) return model;
  const remedy = 'Build it with resolveClipConfig.';
  throw invalidField('model', 'that of a CLIP', 'one without a text tower', remedy);
}

/**
 * The config of a classifier, where a model is one.
 *
 * @throws InvalidInput for a model without classes.
 */
export function requireClassifierConfig(model: ModelConfig): ClassifierConfig {
  if (typeof model === 'object' && model !== null && 'classes' in model) return model;
  const remedy = 'Build it with resolveClassifierConfig.';
  throw invalidField('model', 'that of a classifier', 'one without classes', remedy);
}

/** The fields that all models share, without the text tower of a CLIP or the head of a classifier. */
export function trunkConfig(model: ModelConfig): M3aeConfig {
  const {
    textTower: _tower,
    sharedDim: _dim,
    classes: _classes,
    pooling: _pooling,
    ...trunk
  }: Partial<ClipConfig & ClassifierConfig> & M3aeConfig = model;
  return trunk;
}

/**
 * Refuses parameters that are no tree of tensors, and a config that was not resolved.
 *
 * Only the first leaf is looked at: a tree of parameters holds one kind.
 */
export function requireModel(params: unknown, config: unknown): void {
  requireRecord('params', params, 'encoder, …', 'Draw them with initM3ae or its like.');
  requireRecord('config', config, 'embedDim, depth, …', 'Make it with resolveM3aeConfig or its like.');
  const [first] = flattenTree<unknown>(params);
  const remedy = 'Arrays of the host become tensors as arguments of a compiled function, or with tensor().';
  if (!(first?.[1] instanceof Tensor)) {
    throw invalidField(['params', first?.[0]].filter(Boolean).join('.'), 'a tensor', first?.[1], remedy);
  }
  if (!Number.isInteger((config as { embedDim?: unknown }).embedDim)) {
    throw invalidField('config', 'resolved', config, 'Make it with resolveM3aeConfig or its like.');
  }
}
