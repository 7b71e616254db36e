// What an optimizer is
export {
  applyUpdates,
  type Hyper,
  type ParameterRule,
  type Transform,
  type UpdateResult,
} from './transform.js';
export { chain } from './chain.js';

// Optimizers
export { type AdamState, adamW, type AdamWOptions } from './adam-w.js';
export { sgd, type SgdOptions } from './sgd.js';
export { lars, type LarsOptions } from './lars.js';
export type { MomentumState } from './momentum.js';
export { decayExcept, decayMatrices } from './decay-rules.js';

// All of it by name
export {
  createOptimizer,
  optimizerKinds,
  type OptimizerOptions,
  optimizerRules,
} from './create-optimizer.js';

// Around them
export { globalNorm } from './global-norm.js';
export { clipByGlobalNorm } from './clip-by-global-norm.js';
export { skipNonFinite } from './skip-non-finite.js';
export { scaleByPath } from './scale-by-path.js';
export { layerDecay, type LayerDecayOptions } from './layer-decay.js';

// Of a config
export { lengthOf, optimizerOf, ratesOf, type ScheduleSettings } from './of-settings.js';

// Learning rates, on the host
export { summedRate, warmupCosine, type WarmupCosineOptions } from './warmup-cosine.js';
export {
  type LengthOptions,
  lengthRules,
  type RateOptions,
  rateRules,
  runLength,
  type RunLength,
  scheduleOf,
} from './run-length.js';
export { scaledLearningRate, type ScaledLearningRateOptions } from './scaled-learning-rate.js';
export { leastSummedRate, type RateAdvice, tooLittleRate } from './too-little-rate.js';
