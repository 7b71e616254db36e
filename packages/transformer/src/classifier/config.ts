import { type M3aeConfig, type M3aeConfigInput, resolveM3aeConfig } from '../config.js';
import { type Fault, faultOf, requireRecord, throwFaults } from '@m3ae/errors';
import type { Pooling } from '../layers/pool.js';
import type { ClassifierParams } from '../params.js';
import { norm, type ParameterShape, trunkShapes } from '../shapes.js';

/** A trunk with a linear classifier on top; the decoder's fields have no use. */
export interface ClassifierConfig extends M3aeConfig {
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** What the classifier reads; `cls` as the reference does by default. */
  readonly pooling: Pooling;
}

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
  requireRecord('options', options, 'classes, pooling', 'Write { classes } at least.');
  const { classes, pooling = 'cls' } = options;
  const faults: Fault[] = [];
  if (!Number.isInteger(classes) || classes < 2) {
    faults.push(faultOf('classes', 'an integer from 2', classes, 'ImageNet has 1000.'));
  }
  if (pooling !== 'cls' && pooling !== 'mean') {
    faults.push(faultOf('pooling', 'cls or mean', pooling, 'The reference reads cls.'));
  }
  throwFaults(faults);
  return { ...resolveM3aeConfig(trunk), classes, pooling };
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
