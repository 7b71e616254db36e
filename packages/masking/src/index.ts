// Deciding what to hide
export { keepLength, type MaskOptions, planFromNoise, randomMask } from './random-mask.js';
export { type MaskPlan, type PlanArray, planFromMask, type TrimmedMaskPlan } from './mask-plan.js';
export { blockMask, type BlockMaskOptions } from './block-mask.js';
export { spanMask, type SpanMaskOptions } from './span-mask.js';
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
export { leaveOutPadding, realHiddenTokens, type RealHiddenTokens } from './padding.js';
export { planTensors, wholePlan } from './mask-tensors.js';

// Applying it to tensors
export { gatherTokens, gatherTokens2d, type TokenChoice, restoreTokens } from './tokens-by-plan.js';
