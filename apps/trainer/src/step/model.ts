import type { RngKey } from '@m3ae/random';
import {
  type ClassifierConfig,
  classifierShapes,
  type ClipConfig,
  clipShapes,
  initClassifier,
  initClip,
  initM3ae,
  initMae,
  type M3aeConfig,
  m3aeShapes,
  maeShapes,
  type ParameterShape,
} from '@m3ae/transformer';
import { countElements, type NdArray, type Tree } from '@m3ae/tree';
import type { Method } from './types.js';

/**
 * The model of a CLIP.
 *
 * @throws RangeError if it is another method's.
 */
export function clipModel(model: M3aeConfig): ClipConfig {
  if ('textTower' in model) return model as ClipConfig;
  throw new RangeError(
    'model must be that of a CLIP; received one without a text tower. Build it with resolveClipConfig.',
  );
}

/**
 * The model of a classifier.
 *
 * @throws RangeError if it is another method's.
 */
export function classifierModel(model: M3aeConfig): ClassifierConfig {
  if ('classes' in model) return model as ClassifierConfig;
  throw new RangeError(
    'model must be that of a classifier; received one without classes. Build it with resolveClassifierConfig.',
  );
}

/** Shapes of a method's parameters, allocating nothing. */
export function parameterShapes(method: Method, model: M3aeConfig): Tree<ParameterShape> {
  switch (method) {
    case 'm3ae':
      return m3aeShapes(model);
    case 'mae':
      return maeShapes(model);
    case 'clip':
      return clipShapes(clipModel(model));
    case 'supervised':
      return classifierShapes(classifierModel(model));
  }
}

/** Number of parameters of a method's model. */
export function parameterCount(method: Method, model: M3aeConfig): number {
  return countElements(parameterShapes(method, model));
}

/** Fresh parameters; the trunk's are the same numbers in all four methods for the same key. */
export function initParameters(method: Method, key: RngKey, model: M3aeConfig): Tree<NdArray> {
  switch (method) {
    case 'm3ae':
      return initM3ae(key, model);
    case 'mae':
      return initMae(key, model);
    case 'clip':
      return initClip(key, clipModel(model));
    case 'supervised':
      return initClassifier(key, classifierModel(model));
  }
}
