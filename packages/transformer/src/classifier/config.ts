import { throwFaults } from '@m3ae/errors';
import { examine, integer, record } from '@m3ae/errors/rules';
import { examineM3aeConfig, type M3aeConfig, type M3aeConfigInput } from '../config.js';
import { poolingRule } from '../clip/config.js';
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
