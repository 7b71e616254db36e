// Features, and where matrices are multiplied
export { joinColumns, type Matrix, type MatrixProduct } from './matrix.js';
export { runnerProduct, type RunnerProduct } from './product.js';
export { columnStatistics, type ColumnStatistics, standardize, unitRows } from './standardize.js';

// What is refused
export {
  checkFeatures,
  checkLabelled,
  checkLabels,
  type LabelledFeatures,
  type LabelRules,
} from './check.js';

// How well classes are told apart
export { accuracy, type Accuracy, argmaxRows, shareOf } from './classification/accuracy.js';
export { topKAccuracy } from './classification/top-k.js';
export type { Classes } from './classification/class-names.js';
export { confusionMatrix, type ConfusionMatrix } from './classification/confusion.js';
export { type ClassRow, perClassTable } from './classification/per-class.js';
export { bootstrapInterval, type BootstrapOptions, type Interval } from './classification/bootstrap.js';
export { classificationReport, type ClassificationReport } from './classification/report.js';

// Linear probes
export { linearEngine, type LinearEngine, type LogisticSlope } from './linear/linear-engine.js';
export {
  type LinearClassifier,
  linearScores,
  type LogisticProblem,
  logisticProblem,
  solveLogistic,
  type SolveOptions,
} from './linear/logistic.js';
export { minimize, type MinimizeOptions, type Slope } from './linear/minimize.js';

// Nearest neighbours
export { nearestNeighbours, type Neighbours, voteScores, weightedVote } from './neighbours/neighbours.js';

// Both, with settings chosen on a validation part
export {
  linearProbe,
  neighbourProbe,
  type ProbeOptions,
  type ProbeParts,
  type ProbeResult,
} from './probe.js';

// The reference's linear probe
export {
  initReferenceProbe,
  probeStateFrom,
  type ReferenceProbeParams,
  type ReferenceProbeState,
  type RunningStatistics,
} from './reference/probe-state.js';
export {
  type ProbeBatch,
  type ProbeStepOptions,
  type ProbeStepResult,
  referenceProbeScores,
  referenceProbeStep,
} from './reference/probe-step.js';
export { type ReferenceProbeOptions, resolveReferenceProbe } from './reference/probe-options.js';
export { referenceProbe } from './reference/reference-probe.js';
export type {
  EpochFeatures,
  ReferenceProbeEpoch,
  ReferenceProbeOutcome,
  ReferenceProbeParts,
  ReferenceProbeResult,
  ReferenceProbeRun,
} from './reference/types.js';

// Features of a frozen model
export {
  type EncodedExamples,
  type EncodedPictures,
  encodePictures,
  encoderProgram,
  type MakeFeatures,
  pictureEncoder,
  pooledTokens,
  type Pooling,
  poolTokens,
} from './features/encode.js';
export { pooledPixels } from './features/pixels.js';
export { type LoadedPairs, loadPairs } from './features/load-pairs.js';
export { fillRows, stackRows, takeRows } from './batches.js';

// Evaluators
export {
  type EncodedSplit,
  type EncodedSplits,
  type Evaluator,
  featuresOf,
  type OnProgress,
} from './evaluators/evaluator.js';
export {
  type ClassifierOptions,
  neighbourEvaluator,
  probeEvaluator,
  referenceProbeEvaluator,
} from './evaluators/probes.js';
export { mistakesOf, testParts } from './evaluators/classifiers.js';
export {
  type ClassifierResults,
  type FeatureAccuracy,
  type FeatureName,
  featureNames,
  type FineTuneResults,
  type NeighbourResults,
  type PartAccuracy,
  type ProbeResults,
  type ReferenceProbeResults,
  type TestDetails,
  type TestPart,
  withBaseline,
} from './evaluators/classifier-results.js';
export {
  type LogitsOrigin,
  outlierEvaluator,
  type OutlierEvaluatorOptions,
  type OutlierResults,
  type OutlierTable,
} from './evaluators/outliers.js';
export {
  type CaptionedSplit,
  type PartRecall,
  retrievalEvaluator,
  type RetrievalResults,
} from './evaluators/retrieval.js';
export {
  type AttendedPicture,
  type AttentionResults,
  type NamedThing,
  pointingEvaluator,
  type PointingEvaluatorOptions,
  type PointingResults,
  type SceneSplit,
  type SceneSplits,
} from './evaluators/pointing.js';

// Outliers
export { energy, maximumSoftmax } from './outliers/logit-scores.js';
export {
  fitGaussians,
  type GaussianOptions,
  type Gaussians,
  type WhitenedGaussian,
} from './outliers/gaussians.js';
export { mahalanobis, relativeMahalanobis } from './outliers/mahalanobis.js';
export { neighbourDistance } from './outliers/neighbour-distance.js';
export { aucRoc, aucRocInterval } from './outliers/auc-roc.js';
export { averagePrecision, fprAt } from './outliers/precision.js';
export type { Positive } from './outliers/threshold-steps.js';
export {
  type OutlierMethod,
  outlierMethods,
  type OutlierScoreOptions,
  outlierScores,
  type OutlierScores,
  type OutlierSet,
} from './outliers/outlier-scores.js';
export {
  outlierReport,
  type OutlierReport,
  outlierResult,
  type OutlierResult,
} from './outliers/outlier-report.js';

// Retrieval and zero-shot classification
export { classTextFeatures, cosineSimilarity, zeroShot, type ZeroShotResult } from './retrieval/zero-shot.js';
export { type PairGroups, pairsByCaption, recallAt, type RecallResult } from './retrieval/recall.js';
export {
  cosineScorer,
  likelihoodScorer,
  type LoadedTexts,
  type PairScorer,
  type PairScores,
} from './retrieval/pair-scorers.js';

// Embedding maps
export {
  embed2d,
  type EmbeddingMap,
  type EmbeddingMethod,
  type EmbeddingOptions,
} from './embedding/embed-2d.js';

export { classMap, type MapResults, type ModelMap } from './embedding/class-map.js';

// Attention
export { attentionMap, encoderAttention, rollout } from './attention/attention-map.js';
export { type AttentionChoice, type EncoderSize, everyHead } from './attention/choice.js';
export {
  type AttendedPair,
  attendPairs,
  type AttendOptions,
  type AttentionModel,
  type PairedExamples,
} from './attention/attend-pairs.js';
export { type PairLayout, patchToWords, wordToPatches } from './attention/word-patches.js';
export {
  boxedWords,
  type CaptionWord,
  groupPieces,
  type NamedBox,
  placesOf,
  type WordPlaces,
  wordPool,
} from './attention/words.js';

// Attention as a score
export { type Box, type PatchGridSize } from './attention/pointing/boxes.js';
export { pointingScore } from './attention/pointing/pointing-score.js';
export {
  type MapChoice,
  mapChoices,
  mapName,
  type MapRow,
  type PointingFigures,
} from './attention/pointing/map-choice.js';
export {
  type AttentionDirection,
  type PointingRow,
  pointingScenes,
  pointingTable,
} from './attention/pointing/pointing-table.js';
export type {
  PointingControl,
  PointingMeasures,
  PointingOptions,
  PointingScene,
  PointingScore,
  PointingWord,
} from './attention/pointing/types.js';

// Attention as a picture
export {
  type AttendedDrawing,
  type AttendedScene,
  drawAttended,
  shadeWords,
} from './attention/overlay/attended-picture.js';
export { type Color, type ColorMapName, colorOf } from './attention/overlay/color-map.js';
export { heatOverlay, type HeatOptions } from './attention/overlay/heat-overlay.js';
export { outlineBox, patchBox } from './attention/overlay/outline-box.js';
export type { RgbPicture } from './attention/overlay/picture.js';
export { upsampleMap } from './attention/overlay/upsample.js';

// Captions
export { captionLikelihood } from './captions/caption-likelihood.js';
export type { CaptionCandidates, CaptionModel, CaptionOptions, CaptionScores } from './captions/types.js';

// What is hidden, rebuilt
export {
  type HiddenExamples,
  rebuildExamples,
  type RebuildingModel,
  type RebuiltExamples,
} from './reconstruction/rebuild.js';
export { imageOf, type PatchLayout, type Views, viewsOf } from './reconstruction/views.js';
export {
  type GallerySource,
  piecesOf,
  reconstructionEvaluator,
  type ReconstructionOptions,
} from './reconstruction/gallery.js';
export type { Gallery, GalleryInput, GalleryItem, GalleryPiece } from './reconstruction/types.js';
