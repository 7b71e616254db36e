import { invalidField } from '@m3ae/errors';
import type { ClassifierConfig } from './classifier/config.js';
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
