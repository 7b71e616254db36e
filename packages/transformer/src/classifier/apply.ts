import { layerNorm, tidyTree } from '@m3ae/ops';
import { requireModel } from '../require-model.js';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Activations } from '../activations.js';
import { linear } from '../layers/linear.js';
import { poolTokens } from '../layers/pool.js';
import { representTrunk } from '../model/apply.js';
import type { ForwardOptions, ImageInputs } from '../model/inputs.js';
import type { ClassifierParams } from '../params.js';
import type { ClassifierConfig } from './config.js';

/** Logits of a classifier and every named intermediate result. */
export interface Classified {
  /** [batch, classes] */
  readonly output: Tensor2D;
  /** Those of the trunk, and `pooled`, [batch, embedDim], what the normalization before the last map receives. */
  readonly activations: Activations;
}

/**
 * Classifies whole pictures: trunk, CLS token or mean of the patches, layer normalization, affine map.
 *
 * @param params - Tensors in the tree of `initClassifier`.
 * @param inputs - `patches` [batch, patches, patchDim], and `noise` while training.
 * @throws RangeError with one line for each shape that does not fit.
 *
 * @example
 * ```ts
 * const { output } = applyClassifier(params, config, { patches }); // [batch, classes]
 * ```
 */
export function applyClassifier(
  params: ClassifierParams<Tensor>,
  config: ClassifierConfig,
  inputs: Omit<ImageInputs, 'imagePlan'>,
  options: ForwardOptions = {},
): Classified {
  requireModel(params, config);
  return tidyTree(() => {
    const { output: tokens, activations } = representTrunk(params, config, inputs, options);
    const features = poolTokens(tokens, config.pooling); // [batch, embedDim]
    const { norm, output } = params.classifier;
    const logits = linear(output, layerNorm(features, norm, config.normEpsilon)); // [batch, classes]
    return { output: logits, activations: { ...activations, pooled: features } };
  });
}
