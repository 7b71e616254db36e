// What an optimizer is
export {
  applyUpdates,
  type Hyper,
  type ParameterRule,
  type Transform,
  type UpdateResult,
  chain,
} from './transform.js';

// Optimizers
export { type AdamState, adamW, type AdamWOptions } from './adam-w.js';
export { sgd, type SgdOptions, type MomentumState } from './sgd.js';
export { lars, type LarsOptions } from './lars.js';
export { decayExcept, decayMatrices } from './transform.js';

// All of it by name
export {
  createOptimizer,
  optimizerKinds,
  type OptimizerOptions,
  optimizerRules,
} from './create-optimizer.js';

// Around them
export { globalNorm, clipByGlobalNorm, skipNonFinite } from './global-norm.js';
export { scaleByPath, layerDecay, type LayerDecayOptions } from './layer-decay.js';

// Of a config
export { lengthOf, optimizerOf, ratesOf, type ScheduleSettings } from './of-settings.js';

// Learning rates, on the host
export {
  summedRate,
  warmupCosine,
  type WarmupCosineOptions,
  scaledLearningRate,
  type ScaledLearningRateOptions,
} from './warmup-cosine.js';
export {
  type LengthOptions,
  lengthRules,
  type RateOptions,
  rateRules,
  runLength,
  type RunLength,
  scheduleOf,
} from './run-length.js';
export { leastSummedRate, type RateAdvice, tooLittleRate } from './too-little-rate.js';
