// Of features in one space
export { classTextFeatures, cosineSimilarity, zeroShot, type ZeroShotResult } from './retrieval/zero-shot.js';
export { type PairGroups, pairsByCaption, recallAt, type RecallResult } from './retrieval/recall.js';

// Of an M3AE: the likelihood of captions
export { captionLikelihood } from './retrieval/captions/caption-likelihood.js';
export type {
  CaptionCandidates,
  CaptionModel,
  CaptionOptions,
  CaptionScores,
} from './retrieval/captions/types.js';

// The evaluator, and the models it takes
export {
  cosineScorer,
  likelihoodScorer,
  type LoadedTexts,
  type PairScorer,
  type PairScores,
  type ScorerOptions,
} from './retrieval/pair-scorers.js';
export {
  type CaptionedSplit,
  type SplitRecall,
  retrievalEvaluator,
  type RetrievalResults,
} from './retrieval/retrieval-evaluator.js';
