// A setting chosen on a validation split
export {
  linearProbe,
  neighborProbe,
  type ProbeOptions,
  type ProbeSplits,
  type ProbeResult,
} from './probe/chosen-probes.js';
export { evaluationRules, probeRules } from './probe/probe-rules.js';

// During a training
export {
  type ProbedPictures,
  trainingProbe,
  type TrainingProbe,
  type TrainingProbeOptions,
} from './probe/training-probe.js';

// Logistic regression
export { linearEngine, type LinearEngine, type LogisticSlope } from './probe/linear/linear-engine.js';
export {
  type LinearClassifier,
  linearScores,
  type LogisticProblem,
  logisticProblem,
  solveLogistic,
  type SolveOptions,
} from './probe/linear/logistic.js';
export { minimize, type MinimizeOptions, type Slope } from './probe/linear/minimize.js';

// Nearest neighbors
export { nearestNeighbors, type Neighbors, voteScores, weightedVote } from './probe/neighbors.js';

// The reference's linear probe
export { referenceProbe } from './probe/reference/reference-probe.js';
export type { ReferenceProbeOptions } from './probe/reference/probe-options.js';
export type {
  EpochFeatures,
  ReferenceProbeEpoch,
  ReferenceProbeOutcome,
  ReferenceProbeSplits,
  ReferenceProbeResult,
  ReferenceProbeRun,
} from './probe/reference/types.js';
export {
  type ProbeBatch,
  type ProbeStepOptions,
  type ProbeStepResult,
  referenceProbeScores,
  referenceProbeStep,
} from './probe/reference/probe-step.js';
export {
  probeStateFrom,
  type ReferenceProbeParams,
  type ReferenceProbeState,
  type RunningStatistics,
} from './probe/reference/probe-state.js';

// Evaluators
export {
  type ClassifierOptions,
  neighborEvaluator,
  probeEvaluator,
  referenceProbeEvaluator,
} from './probe/probe-evaluators.js';
export {
  type ClassifierResults,
  type FeatureAccuracy,
  type FeatureName,
  featureNames,
  type FineTuneResults,
  type NeighborResults,
  type SplitAccuracy,
  type ProbeResults,
  type ReferenceProbeResults,
  type TestDetails,
  type TestSplit,
  withBaseline,
} from './probe/classifier-results.js';
