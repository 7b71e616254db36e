// Deciding what to hide
export { keepLength } from './keep-length.js';
export { type MaskPlan, type PlanArray, planFromNoise, type TrimmedMaskPlan } from './mask-plan.js';
export { type MaskOptions, randomMask } from './random-mask.js';
export { blockMask, type BlockMaskOptions } from './block-mask.js';
export { spanMask, type SpanMaskOptions } from './span-mask.js';
export { planFromMask } from './plan-from-mask.js';
export {
  checkMaskChoice,
  type MaskChoice,
  type MaskRequest,
  maskStrategy,
  type MaskStrategy,
  strategies,
} from './strategies.js';

// Altering tokens instead of hiding them
export { corruptTokens, type CorruptedTokens, type CorruptOptions } from './corrupt-tokens.js';

// Handing the decision over
export { leaveOutPadding } from './leave-out-padding.js';
export { realHiddenTokens, type RealHiddenTokens } from './real-hidden-tokens.js';
export { planTensors, wholePlan } from './mask-tensors.js';

// Applying it to tensors
export { gatherTokens, gatherTokens2d, type TokenChoice } from './gather-tokens.js';
export { restoreTokens } from './restore-tokens.js';
