// A score for each example
export {
  energy,
  maximumSoftmax,
  type OutlierMethod,
  outlierMethods,
  type OutlierScoreOptions,
  outlierScores,
  type OutlierScores,
  type OutlierSet,
} from './outliers/outlier-scores.js';
export {
  fitGaussians,
  type GaussianOptions,
  type Gaussians,
  type WhitenedGaussian,
} from './outliers/gaussians.js';
export { mahalanobis, neighborDistance, relativeMahalanobis } from './outliers/distances.js';

// How well scores tell outliers
export { aucRoc, aucRocInterval, averagePrecision, fprAt, type Positive } from './outliers/rates.js';
export { outlierReport, type OutlierReport, type OutlierResult } from './outliers/outlier-report.js';

// The evaluator
export {
  type LogitsOrigin,
  outlierEvaluator,
  type OutlierEvaluatorOptions,
  type OutlierResults,
  type OutlierTable,
} from './outliers/outlier-evaluator.js';
