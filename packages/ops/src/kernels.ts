import { fusedKernel } from './fused-kernel.js';

/** Attributes of attention. */
export interface AttentionAttributes {
  /** Into how many heads the width is cut. */
  readonly heads: number;
  /** Queries before this token are left out. */
  readonly queriesFrom: number;
}

/** Attributes of GELU. */
export interface GeluAttributes {
  /** Whether it is the form with tanh. */
  readonly approximate: boolean;
}

/**
 * Every kernel that a backend may bring, by the name of the operation.
 *
 * Shapes are those of the function of the same name; a gradient takes `dy`, of the shape of the result.
 */
export const kernels = {
  /** Results: y; the mean and 1 / sqrt(variance + epsilon) of each row, both [.., 1]. */
  layerNorm: fusedKernel<{ readonly epsilon: number }>()('M3aeLayerNorm', ['x', 'scale', 'bias']),
  /** Results: dx, dScale [dim], dBias [dim]. */
  layerNormGradient: fusedKernel()('M3aeLayerNormGrad', ['dy', 'x', 'mean', 'inverseDeviation', 'scale']),
  /** Result: y. */
  gelu: fusedKernel<GeluAttributes>()('M3aeGelu', ['x']),
  /** Result: dx. */
  geluGradient: fusedKernel<GeluAttributes>()('M3aeGeluGrad', ['dy', 'x']),
  /** Result: dx, from the softmax's result `y`. */
  softmaxGradient: fusedKernel()('M3aeSoftmaxGrad', ['dy', 'y']),
  /** Result: [batch, tokens - queriesFrom, dim]. `keyBias` is optional. */
  attention: fusedKernel<AttentionAttributes>()('M3aeAttention', ['joint', 'keyBias']),
  /** Result: the gradient of `joint`. `keyBias` is optional. */
  attentionGradient: fusedKernel<AttentionAttributes>()('M3aeAttentionGrad', [
    'dy',
    'output',
    'joint',
    'keyBias',
  ]),
  /** Results: loss [rows], log(sum(exp(logits))) [rows]. */
  crossEntropy: fusedKernel()('M3aeCrossEntropy', ['logits', 'labels']),
  /** Result: the gradient of `logits`. */
  crossEntropyGradient: fusedKernel()('M3aeCrossEntropyGrad', ['dLoss', 'logits', 'labels', 'logSumExp']),
  /** Result: rows of `dy` added up by id, [rows, dim]. */
  embeddingGradient: fusedKernel<{ readonly rows: number }>()('M3aeEmbeddingGrad', ['dy', 'ids']),
} as const;
