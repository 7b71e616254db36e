import { throwFaults } from '@m3ae/errors';
import { examine, integer, record } from '@m3ae/errors/rules';
import { layerNorm, tidyTree } from '@m3ae/ops';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { examineM3aeConfig, type M3aeConfig, type M3aeConfigInput } from './config.js';
import { linear, type Pooling, poolingRule, poolTokens } from './layers/heads.js';
import type { ClassifierParams } from './params.js';
import { norm, type ParameterShape, trunkShapes } from './shapes.js';
import { requireModel } from './model-kinds.js';
import type { Activations } from './layers/block.js';
import { representTrunk } from './model/apply.js';
import type { ForwardOptions, ImageInputs } from './model/inputs.js';

/** A trunk with a linear classifier on top; the decoder's fields have no use. */
export interface ClassifierConfig extends M3aeConfig {
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** What the classifier reads; `cls` as the reference does by default. */
  readonly pooling: Pooling;
}

const classifierRule = record({ classes: integer({ min: 2 }, 'ImageNet has 1000.'), pooling: poolingRule });

/**
 * Checks the fields of a classifier and adds them to those of its trunk.
 *
 * @param trunk - As for `resolveM3aeConfig`.
 * @param options - `classes`, and `pooling` (default `cls`).
 * @throws RangeError with one line for each fault.
 *
 * @example
 * ```ts
 * resolveClassifierConfig({ size: 'small' }, { classes: 98 }).pooling; // 'cls'
 * ```
 */
export function resolveClassifierConfig(
  trunk: M3aeConfigInput,
  options: { readonly classes: number; readonly pooling?: Pooling },
): ClassifierConfig {
  const base = examineM3aeConfig(trunk);
  const own = examine(classifierRule, options);
  throwFaults([...base.faults, ...own.faults]);
  return { ...base.value, ...own.value };
}

/** Shapes and initializers of all parameters of a classifier, allocating nothing. */
export function classifierShapes(config: ClassifierConfig): ClassifierParams<ParameterShape> {
  const { embedDim, classes } = config;
  return {
    ...trunkShapes(config),
    classifier: {
      norm: norm(embedDim),
      output: {
        kernel: { shape: [embedDim, classes], initializer: 'lecunNormal' },
        bias: { shape: [classes], initializer: 'zeros' },
      },
    },
  };
}

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
