// Operations with gradients in closed form
export {
  attentionSoftmax,
  canFuseAttention,
  fusedAttention,
  type FusedAttentionOptions,
} from './attention.js';
export { lookUp, gelu, layerNorm, type LayerNormParams } from './layers.js';
export { rowCrossEntropy, rowSoftCrossEntropy } from './cross-entropy.js';

// Less memory
export { recomputed, tidyTree } from './memory.js';

// The contract with a backend
export {
  type FusedKernel,
  fusedKernel,
  hasKernel,
  runKernel,
  withGradient,
  type AttentionAttributes,
  type GeluAttributes,
  kernels,
} from './fused-kernel.js';

// Checks of arguments
export { requireAxes, requireShape, requireTensors } from './require-tensors.js';
