// Features, and where matrices are multiplied
export { type ColumnStatistics, type Matrix, type MatrixProduct, unitRows } from './matrix.js';
export { runnerProduct, type RunnerProduct } from './product.js';

// What is refused
export {
  checkFeatures,
  checkLabeled,
  checkLabels,
  type Classes,
  type LabeledFeatures,
  type LabelRules,
} from './check.js';

// Processes that share an evaluation
export type { EvaluationPeers } from './batches.js';

// What every evaluator takes and gives
export {
  type EncodedSplit,
  type EncodedSplits,
  type Evaluator,
  featuresOf,
  type OnProgress,
} from './evaluator.js';
