import type { LossConfig, OptimizerConfig } from './types.js';

/** Flag defaults of the reference's `m3ae_main.py`; its README and the paper's appendix use a text weight of 0.5. */
export const defaultLoss: LossConfig = {
  imageWeight: 1,
  textWeight: 0.1,
  unpairedTextWeight: 0,
  imageAllTokens: false,
  textAllTokens: false,
  normalizeTargets: false,
};

/** Defaults of the reference (spec section 6); rates and lengths of a run have none. */
export const defaultOptimizer: Omit<OptimizerConfig, 'peakLearningRate' | 'totalSteps'> = {
  initLearningRate: 0,
  endLearningRate: 0,
  warmupSteps: 0,
  b1: 0.9,
  b2: 0.95,
  eps: 1e-8,
  weightDecay: 0.05,
  clipNorm: 1e9,
  decay: 'reference',
  skipNonFinite: true,
};
