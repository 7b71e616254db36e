// A score for each example
export {
  type OutlierMethod,
  outlierMethods,
  type OutlierScoreOptions,
  outlierScores,
  type OutlierScores,
  type OutlierSet,
} from './outliers/outlier-scores.js';
export { energy, maximumSoftmax } from './outliers/logit-scores.js';
export {
  fitGaussians,
  type GaussianOptions,
  type Gaussians,
  type WhitenedGaussian,
} from './outliers/gaussians.js';
export { mahalanobis, relativeMahalanobis } from './outliers/mahalanobis.js';
export { neighborDistance } from './outliers/neighbor-distance.js';

// How well scores tell outliers
export { aucRoc, aucRocInterval } from './outliers/auc-roc.js';
export { averagePrecision, fprAt } from './outliers/precision.js';
export type { Positive } from './outliers/threshold-steps.js';
export { outlierReport, type OutlierReport, type OutlierResult } from './outliers/outlier-report.js';

// The evaluator
export {
  type LogitsOrigin,
  outlierEvaluator,
  type OutlierEvaluatorOptions,
  type OutlierResults,
  type OutlierTable,
} from './outliers/outlier-evaluator.js';
