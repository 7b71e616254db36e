// Deciding what to hide
export { keepLength } from './keep-length.js';
export { type MaskPlan, planFromNoise } from './mask-plan.js';
export { type MaskOptions, randomMask } from './random-mask.js';
export { planFromMask } from './plan-from-mask.js';

// Handing the decision over
export { type PlanArray, planArrays, type PlanArrays } from './mask-plan.js';
export { type MaskTensors, planTensors } from './mask-tensors.js';

// Applying it to tensors
export { gatherTokens, gatherTokens2d, type TokenChoice } from './gather-tokens.js';
export { restoreTokens } from './restore-tokens.js';
