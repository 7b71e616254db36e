// A setting chosen on a validation split
export {
  linearProbe,
  neighborProbe,
  type ProbeOptions,
  type ProbeResult,
  type ProbeSplits,
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
export { linearEngine, type LinearEngine, type LogisticGradient } from './probe/linear/linear-engine.js';
export {
  type LinearClassifier,
  linearScores,
  type LogisticProblem,
  logisticProblem,
  solveLogistic,
  type SolveOptions,
} from './probe/linear/logistic.js';
export { minimize, type MinimizeOptions, type ValueAndGradient } from './probe/linear/minimize.js';

// Nearest neighbors
export { nearestNeighbors, type Neighbors, voteScores, weightedVote } from './probe/neighbors.js';

// The reference's linear probe
export { referenceProbe } from './probe/reference/reference-probe.js';
export type {
  EpochFeatures,
  ReferenceProbeEpoch,
  ReferenceProbeOptions,
  ReferenceProbeOutcome,
  ReferenceProbeResult,
  ReferenceProbeRun,
  ReferenceProbeSplits,
} from './probe/reference/reference-probe-types.js';
export {
  type ProbeBatch,
  probeStateFrom,
  type ProbeStepOptions,
  type ProbeStepResult,
  type ReferenceProbeParams,
  referenceProbeScores,
  type ReferenceProbeState,
  referenceProbeStep,
  type RunningStatistics,
} from './probe/reference/probe-step.js';

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
  type ProbeResults,
  type ReferenceProbeResults,
  type SplitAccuracy,
  type TestDetails,
  type TestSplit,
  withBaseline,
} from './probe/classifier-results.js';
