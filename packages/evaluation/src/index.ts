// Features, and where matrices are multiplied
export { joinColumns, type Matrix, type MatrixProduct } from './matrix.js';
export { createRunner, type Program, type Runner, type RunnerOptions } from './runner.js';
export { runnerProduct } from './product.js';
export { columnStatistics, type ColumnStatistics, standardize, unitRows } from './standardize.js';

// How well classes are told apart
export { accuracy, type Accuracy, argmaxRows } from './classification/accuracy.js';

// Linear probes
export {
  type LinearClassifier,
  linearEngine,
  type LinearEngine,
  linearScores,
  type LogisticProblem,
  logisticProblem,
  type LogisticSlope,
  solveLogistic,
} from './linear/logistic.js';
export { minimize, type Slope } from './linear/minimize.js';

// Nearest neighbours
export { nearestNeighbours, type Neighbours, weightedVote } from './neighbours/neighbours.js';

// Both, with settings chosen on a validation part
export {
  type LabelledFeatures,
  linearProbe,
  neighbourProbe,
  type ProbeParts,
  type ProbeResult,
} from './probe.js';

// Outliers

// Retrieval and zero-shot classification

// Embedding maps

// Attention

// Captions
