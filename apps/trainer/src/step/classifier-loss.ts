import { softCrossEntropy } from '@m3ae/losses';
import { applyClassifier, type ClassifierConfig, type ClassifierParams } from '@m3ae/transformer';
import {
  argMax,
  cast,
  equal,
  mean,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { LossFunction } from './loss-result.js';
import { requireLeaves } from './require.js';

/** Cross-entropy with soft targets. Metrics: `loss`, and `accuracy` against each target's largest entry. */
export function classifierLoss(model: ClassifierConfig): LossFunction {
  return (params, batch) => {
    requireLeaves(batch, ['patches', 'targets'], 'A classifier learns from labels.');
    const { output } = applyClassifier(params as ClassifierParams<Tensor>, model, {
      patches: batch.patches as Tensor3D,
      noise: batch.noise,
    });
    const targets = batch.targets as Tensor2D;
    const loss = softCrossEntropy(output, targets);
    const right = equal(argMax(output, -1), argMax(targets, -1)); // [batch]
    return { value: loss, aux: { loss, accuracy: mean(cast(right, 'float32')) as Scalar } };
  };
}
