// Of features in one space
export {
  classTextFeatures,
  cosineScorer,
  cosineSimilarity,
  zeroShot,
  type ZeroShotResult,
} from './retrieval/cosine.js';
export { type PairGroups, pairsByCaption, recallAt, type RecallResult } from './retrieval/recall.js';

// Of an M3AE: the likelihood of captions
export { captionLikelihood, likelihoodScorer } from './retrieval/captions/caption-likelihood.js';
export type {
  CaptionCandidates,
  CaptionModel,
  CaptionOptions,
  CaptionScores,
} from './retrieval/captions/candidates.js';

// The evaluator, and the models it takes
export type { LoadedTexts } from './features/encode.js';
export {
  type CaptionedSplit,
  type PairScorer,
  type PairScores,
  retrievalEvaluator,
  type RetrievalResults,
  type ScorerOptions,
  type SplitRecall,
} from './retrieval/retrieval-evaluator.js';
