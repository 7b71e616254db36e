// Operations with gradients in closed form
export {
  attentionSoftmax,
  canFuseAttention,
  fusedAttention,
  type FusedAttentionOptions,
} from './attention.js';
export { lookUp } from './embedding.js';
export { gelu } from './gelu.js';
export { layerNorm, type LayerNormParams } from './layer-norm.js';
export { rowCrossEntropy } from './row-cross-entropy.js';
export { rowSoftCrossEntropy } from './row-soft-cross-entropy.js';

// Less memory
export { recomputed, tidyTree } from './memory.js';

// The contract with a backend
export { type FusedKernel, fusedKernel, hasKernel, runKernel, withGradient } from './fused-kernel.js';
export { type AttentionAttributes, type GeluAttributes, kernels } from './kernels.js';

// Checks of arguments
export { requireAxes, requireShape, requireTensors } from './require-tensors.js';
